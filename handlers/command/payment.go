package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
)

// Paying is an invoice with its payment as a command leaves them.
type Paying struct {
	Invoice
	Payment payment.State
	Version int64 // of the payment
}

// PayInvoice has a gateway asked for what an invoice expects, by the default payment method unless another one is named. It
// refuses with invoice_not_found, invoice_voided, invoice_paid, payment_in_progress, no_payment_method or
// payment_method_not_found.
func PayInvoice(id string, method *string) Command[Paying] {
	return onInvoice(id, func(w *workspace) error {
		if err := w.checkIdle(id); err != nil {
			return err
		}
		if err := w.invoiceState(id).CheckPayable(); err != nil {
			return err
		}
		if err := w.need(paymentmethod.Stream(w.name)); err != nil {
			return err
		}
		methods := w.methods()
		found, ok := methods.Find(domain.Or(method, methods.Default))
		switch {
		case ok:
			return w.charge(id, found, w.d.Now())
		case method != nil:
			return domain.InvalidField("/payment_method", "payment_method_not_found", "the workspace has no such payment method")
		}
		return domain.Conflict("no_payment_method", "the workspace has no default payment method")
	}, func(w *workspace) Paying {
		paid := w.paymentOf(id)
		return Paying{
			Invoice: Invoice{State: w.invoiceState(id), Now: w.d.Now()}, Payment: paid, Version: w.d.Version(payment.Stream(paid.ID)),
		}
	})
}

// AnswerPayment records what a gateway said of an attempt. Money that was taken pays the invoice, with all that waited for it;
// a first attempt that failed makes the invoice past due. What says nothing new changes nothing.
func AnswerPayment(id string, c payment.Answer) Command[struct{}] {
	return onPaymentOf(id, func(w *workspace, paid payment.State) error {
		facts, err := decideAt(w.d, payment.Stream(id), payment.Decide, payment.Command(c), w.d.Now())
		if err != nil {
			return err
		}
		for _, fact := range facts {
			if answered, ok := fact.(payment.Answered); ok {
				if err := w.answered(paid, answered); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// onPaymentOf decides a command on a payment, with all that follows for its workspace, after the deadlines due there.
func onPaymentOf(id string, decide func(*workspace, payment.State) error) Command[struct{}] {
	stream := payment.Stream(id)
	return Command[struct{}]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none struct{}, err error) {
			s := eventstore.StateOf[payment.State](d, stream)
			if s.ID == "" {
				return none, domain.NotFound("payment_not_found", "there is no such payment")
			}
			w := &workspace{d: d, name: s.Workspace}
			if err := w.need(append(streamsOf(w.name), invoice.Stream(s.Invoice))...); err != nil {
				return none, err
			}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			if err := decide(w, eventstore.StateOf[payment.State](d, stream)); err != nil {
				return none, err
			}
			return none, w.reconcile(d.Now())
		},
	}
}

// answered follows what a gateway said of a payment.
func (w *workspace) answered(s payment.State, answered payment.Answered) error {
	attempt := s.Attempts[answered.N-1]
	switch answered.Status {
	case payment.StatusSucceeded:
		name := s.ID
		if w.account().Knows(name) {
			name = attempt.Key // a second attempt succeeded, since the first did late
		}
		if err := w.receive(s.Invoice, invoice.RecordPayment{
			Payment: name, Amount: attempt.Amount, Reference: answered.Reference, Gateway: attempt.Gateway,
		}); err != nil || attempt.Link == "" {
			return err
		}
		return w.completeLink(attempt.Link, s.ID)
	case payment.StatusFailed:
		w.moved = true // credit that had to wait may pay the invoice now
		follow := w.missed
		if answered.N > 1 {
			follow = func(id string) error { return w.hold(id, false) }
		}
		if err := follow(s.Invoice); err != nil {
			return err
		}
		return w.planRetry(s.ID)
	case payment.StatusProcessing, payment.StatusUnknown:
		return w.hold(s.Invoice, true)
	case payment.StatusPending, payment.StatusRequiresAction:
		return w.hold(s.Invoice, false)
	}
	return nil
}

// DeferPayment records that the gateway of an attempt could not be reached.
func DeferPayment(id string, c payment.Defer) Command[struct{}] {
	stream := payment.Stream(id)
	return Command[struct{}]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none struct{}, err error) {
			_, err = apply(d, stream, payment.Decide, payment.Command(c))
			return none, err
		},
	}
}

// PaymentNow is a payment at an instant of the ledger's clock.
type PaymentNow struct {
	State payment.State
	Now   time.Time
}

// LookAtPayment gives a payment as it is now. It writes nothing.
func LookAtPayment(id string) Command[PaymentNow] {
	stream := payment.Stream(id)
	return Command[PaymentNow]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (PaymentNow, error) {
			return PaymentNow{State: eventstore.StateOf[payment.State](d, stream), Now: d.Now()}, nil
		},
	}
}
