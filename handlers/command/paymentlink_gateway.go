package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// LinkPaid tells of money that a gateway took for a link on a page of its own.
type LinkPaid struct {
	Gateway   string
	Reference string // the gateway's name of the charge, by which a repeat is told
	Amount    money.Amount
	Fee       *money.Amount
}

// PayLinkAtGateway records money that a gateway took for a link on a page of its own, once for each reference. A subscription's link
// begins the subscription. Money for an invoice that is paid or void by then becomes credit. It refuses with payment_link_not_found,
// and as [CreateSubscription] does where what was sold can't begin any more.
func PayLinkAtGateway(id string, c LinkPaid) Command[Tried] {
	name := derived("link payment", id, c.Gateway, c.Reference)
	return onPaymentLink(id, func(w *workspace, l paymentlink.State) (Tried, error) {
		told := Tried{Payment: name, At: w.d.Now()}
		if w.account().Knows(name) {
			return told, nil
		}
		pays, err := w.paidBy(l)
		if err != nil {
			return Tried{}, err
		}
		if l.Kind() == paymentlink.KindSubscription && l.Status != paymentlink.StatusCompleted {
			b := subscription.Billing{Change: derived("link change", name), Invoice: derived("link invoice", name)}
			if pays, err = w.sell(l, derived("link subscription", name), b); err != nil {
				return Tried{}, err
			}
		}
		return told, w.takenFor(pays, name, id, c)
	})
}

// paidBy gives the invoice that a link pays, also where only the payment that completed it tells.
func (w *workspace) paidBy(l paymentlink.State) (string, error) {
	if l.Pays() != "" || l.Payment == "" {
		return l.Pays(), nil
	}
	stream := payment.Stream(l.Payment)
	if err := w.need(stream); err != nil {
		return "", err
	}
	id := eventstore.StateOf[payment.State](w.d, stream).Invoice
	return id, w.need(invoice.Stream(id))
}

// takenFor begins a payment of an invoice whose money a gateway has taken already, and records it.
func (w *workspace) takenFor(pays, name, link string, c LinkPaid) error {
	if err := w.d.Begin(payment.Stream(name)); err != nil {
		return err
	}
	charge := payment.Charge{Gateway: c.Gateway, Method: derived("link method", link, c.Gateway), Token: c.Reference, Amount: c.Amount, Link: link}
	start := payment.Command(payment.Start{ID: name, Workspace: w.name, Invoice: pays, Charge: charge})
	begun, err := applyAt(w.d, payment.Stream(name), payment.Decide, start, w.d.Now())
	if err != nil {
		return err
	}
	if w.invoiceState(pays).CheckPayable() == nil {
		if _, err := w.onInvoice(pays, invoice.StartPayment{Payment: name}, w.d.Now()); err != nil {
			return err
		}
	}
	answer := payment.Command(payment.Answer{N: 1, Status: payment.StatusSucceeded, Reference: c.Reference, Fee: c.Fee, Unasked: true})
	facts, err := decideAt(w.d, payment.Stream(name), payment.Decide, answer, w.d.Now())
	if err != nil {
		return err
	}
	for _, fact := range domain.Events(facts) {
		if answered, ok := fact.(payment.Answered); ok {
			if err := w.answered(begun, answered, false); err != nil {
				return err
			}
		}
	}
	return nil
}
