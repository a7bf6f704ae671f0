package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Invoice is an invoice as a command leaves it, and when.
type Invoice struct {
	State invoice.State
	Now   time.Time
}

// RecordPayment takes money into account that was received outside. What waited for it happens in the same group; what
// is too much, or too late, becomes credit. Of c, the caller gives all but Number. Refused with invoice_not_found and
// what the invoice refuses.
func RecordPayment(id string, c invoice.RecordPayment) Command[Invoice] {
	return onInvoice(id, func(w *books) error {
		c := c
		if w.invoiceState(id).Completes(c.Amount) {
			if err := w.need(numbering.Stream()); err != nil {
				return err
			}
			// A payment that the invoice refuses has taken no number: a refusal writes nothing at all.
			var err error
			if c.Number, err = w.number(id, w.d.Now()); err != nil {
				return err
			}
		}
		completes := c.Number != ""
		events, err := w.onInvoice(id, c, w.d.Now())
		if err != nil {
			return err
		}
		for _, event := range events {
			if paid, ok := event.(invoice.PaymentRecorded); ok {
				if err := w.grant(account.SourceOverpayment, id, paid.Credit, w.d.Now()); err != nil {
					return err
				}
			}
		}
		if completes {
			if err := w.change(subscription.Complete{Invoice: id}, w.d.Now()); err != nil {
				return err
			}
		}
		return w.settle(id)
	})
}

// settle tells the subscription when an invoice expects no money any more.
func (w *books) settle(id string) error {
	if w.invoiceState(id).PaymentStatus == invoice.PaymentPending {
		return nil
	}
	return w.change(subscription.Settle{Invoice: id}, w.d.Now())
}

func (w *books) invoiceState(id string) invoice.State {
	return eventstore.StateOf[invoice.State](w.d, invoice.Stream(id))
}

// onInvoice decides a command on an invoice and what follows for its workspace, once what is due there has happened.
func onInvoice(id string, decide func(*books) error) Command[Invoice] {
	stream := invoice.Stream(id)
	return Command[Invoice]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (Invoice, error) {
			w := &books{d: d, name: eventstore.StateOf[invoice.State](d, stream).Workspace}
			if w.name == "" {
				return Invoice{}, domain.NotFound("invoice_not_found", "there is no such invoice")
			}
			if err := w.need(subscription.Stream(w.name), seating.Stream(w.name), account.Stream(w.name)); err != nil {
				return Invoice{}, err
			}
			if err := w.catchUp(); err != nil {
				return Invoice{}, err
			}
			if err := decide(w); err != nil {
				return Invoice{}, err
			}
			return Invoice{State: w.invoiceState(id), Now: d.Now()}, nil
		},
	}
}
