package command

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
)

// collect has the gateway asked for what an automatic invoice expects, once, where there is a default payment method.
func (w *workspace) collect(id string, at time.Time) error {
	s := w.invoiceState(id)
	if s.Payment != "" || s.Outstanding().Sign() <= 0 || !w.isCollected(s) {
		return nil
	}
	if err := w.need(paymentmethod.Stream(w.name)); err != nil {
		return err
	}
	methods := w.methods()
	method, ok := methods.Find(methods.Default)
	own := w.awaits && !w.due && w.invoice != nil && *w.invoice == id
	if own && w.method != nil {
		method, ok = *w.method, true
	}
	if !ok {
		return nil
	}
	return w.charge(id, asking{method: method, awaited: own}, at)
}

// asking says how a gateway is asked for an invoice's money.
type asking struct {
	method  paymentmethod.Method
	awaited bool // the command's caller waits for the answer
}

// charge lets the gateway be asked for what an invoice expects: by another attempt of its payment where that failed, else by a
// new payment. It refuses with payment_in_progress.
func (w *workspace) charge(id string, how asking, at time.Time) error {
	return w.ask(id, payment.Charge{
		Gateway: how.method.Gateway, Method: how.method.ID, Token: how.method.Token, Amount: w.invoiceState(id).Outstanding(), Awaited: how.awaited,
	}, at)
}

// ask does what charge does, whatever is charged.
func (w *workspace) ask(id string, charge payment.Charge, at time.Time) error {
	if err := w.checkIdle(id); err != nil {
		return err
	}
	s := w.invoiceState(id)
	w.charged = true
	if w.paymentOf(id).Status() == payment.StatusFailed {
		w.begin(charge, s.Payment)
		if _, err := applyAt(w.d, payment.Stream(s.Payment), payment.Decide, payment.Command(payment.Retry{Charge: charge}), at); err != nil {
			return err
		}
		_, err := w.onInvoice(id, invoice.FollowPayment{Payment: s.Payment}, at)
		return err
	}
	next := derived("collection", id, fmt.Sprint(s.Payments+1))
	if err := w.d.Begin(payment.Stream(next)); err != nil {
		return err
	}
	c := payment.Command(payment.Start{ID: next, Workspace: w.name, Invoice: id, Charge: charge})
	if _, err := applyAt(w.d, payment.Stream(next), payment.Decide, c, at); err != nil {
		return err
	}
	w.begin(charge, next)
	_, err := w.onInvoice(id, invoice.StartPayment{Payment: next}, at)
	return err
}

// begin notes the payment that the command's caller waits for.
func (w *workspace) begin(charge payment.Charge, id string) {
	if charge.Awaited {
		w.begun = id
	}
}

// methods gives the workspace's payment methods, which must have been asked for.
func (w *workspace) methods() paymentmethod.State {
	return eventstore.StateOf[paymentmethod.State](w.d, paymentmethod.Stream(w.name))
}

// paymentOf gives the latest payment of an invoice, which must have been asked for.
func (w *workspace) paymentOf(id string) payment.State {
	name := w.invoiceState(id).Payment
	if name == "" {
		return payment.State{}
	}
	return eventstore.StateOf[payment.State](w.d, payment.Stream(name))
}

// needPayments asks for the latest payments of invoices.
func (w *workspace) needPayments(ids []string) error {
	var streams []domain.Stream
	for _, id := range ids {
		if name := w.invoiceState(id).Payment; name != "" {
			streams = append(streams, payment.Stream(name))
		}
	}
	return w.need(streams...)
}

// checkIdle refuses with payment_in_progress while a gateway may be taking the money for an invoice.
func (w *workspace) checkIdle(id string) error {
	if err := w.needPayments([]string{id}); err != nil {
		return err
	}
	return w.paymentOf(id).CheckIdle()
}

// collectOverdue has the gateway asked for what is past due, and for what was to be collected before there was a method.
func (w *workspace) collectOverdue(method paymentmethod.Method) error {
	var ids []string
	for _, r := range w.account().Receivables {
		if r.PastDueAt != nil {
			ids = append(ids, r.Invoice)
		}
	}
	if err := w.needInvoices(ids); err != nil {
		return err
	}
	if err := w.needPayments(ids); err != nil {
		return err
	}
	now := w.d.Now()
	pastDue := w.account().PastDue(now)
	for _, id := range ids {
		if w.paymentOf(id).Open() || w.invoiceState(id).Payment != "" && !slices.Contains(pastDue, id) {
			continue
		}
		if err := w.charge(id, asking{method: method}, now); err != nil {
			return err
		}
	}
	return nil
}
