package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Paying is an invoice with its payment as a command leaves them.
type Paying struct {
	Invoice
	Payment Payment
}

// Payment is a payment as a command leaves it, at an instant of the ledger's clock.
type Payment struct {
	State   payment.State
	Version int64
	Now     time.Time
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
			return w.charge(id, asking{method: found, awaited: true}, w.d.Now())
		case method != nil:
			return domain.InvalidField("/payment_method", "payment_method_not_found", "the workspace has no such payment method")
		}
		return domain.Conflict("no_payment_method", "the workspace has no default payment method")
	}, func(w *workspace) Paying {
		return Paying{Invoice: Invoice{State: w.invoiceState(id), Now: w.d.Now()}, Payment: *w.payment(w.invoiceState(id).Payment)}
	})
}

// Waits reports whether the gateway has not taken the money yet.
func (p Paying) Waits() bool { return p.Payment.State.Status() != payment.StatusSucceeded }

// Awaited names the payment whose gateway is asked.
func (p Paying) Awaited() (of domain.Stream, ok bool) {
	return payment.Stream(p.Payment.State.ID), true
}

// Look shows the same as it is now.
func (p Paying) Look() Command[Paying] {
	stream := payment.Stream(p.Payment.State.ID)
	return Command[Paying]{
		Resource: invoice.Stream(p.State.ID),
		Reads:    []domain.Stream{invoice.Stream(p.State.ID), stream},
		Decide: func(d *eventstore.Decision) (Paying, error) {
			w := &workspace{d: d}
			return Paying{Invoice: Invoice{State: w.invoiceState(p.State.ID), Now: d.Now()}, Payment: *w.payment(p.Payment.State.ID)}, nil
		},
	}
}

// payment gives a payment that must have been asked for; nil for an empty id.
func (w *workspace) payment(id string) *Payment {
	if id == "" {
		return nil
	}
	stream := payment.Stream(id)
	return &Payment{State: eventstore.StateOf[payment.State](w.d, stream), Version: w.d.Version(stream), Now: w.d.Now()}
}

// AnswerPayment records what a gateway said of an attempt. Money that was taken pays the invoice, with all that waited for it;
// a first attempt that failed makes the invoice past due. What says nothing new changes nothing. It refuses with
// payment_not_found.
func AnswerPayment(id string, c payment.Answer) Command[struct{}] { return answerPayment(id, c, false) }

// AnswerAwaited does the same while whoever asked for the money waits: what waits for an invoice whose money is declined ends with
// it.
func AnswerAwaited(id string, c payment.Answer) Command[struct{}] { return answerPayment(id, c, true) }

func answerPayment(id string, c payment.Answer, ends bool) Command[struct{}] {
	return onPaymentOf(id, func(w *workspace, paid payment.State) error { return w.said(paid, c, ends) })
}

// said decides on a payment what somebody said of it, and follows that.
func (w *workspace) said(paid payment.State, c payment.Command, ends bool) error {
	facts, err := decideAt(w.d, payment.Stream(paid.ID), payment.Decide, c, w.d.Now())
	if err != nil {
		return err
	}
	for _, fact := range facts {
		said, ok := fact.(payment.Answered)
		if resolved, is := fact.(payment.Resolved); is {
			said, ok = resolved.Answered, true
		}
		if !ok {
			continue
		}
		if err := w.answered(paid, said, ends); err != nil {
			return err
		}
	}
	return nil
}

// ResolvePayment records what a person found out about an attempt that its gateway does not tell of, as if the gateway had. It
// refuses with payment_not_found.
func ResolvePayment(id string, c payment.Resolve) Command[Payment] {
	run := onPaymentOf(id, func(w *workspace, paid payment.State) error { return w.said(paid, c, false) })
	return Command[Payment]{
		Resource: run.Resource, Reads: run.Reads, Writes: run.Writes,
		Decide: func(d *eventstore.Decision) (none Payment, err error) {
			if _, err := run.Decide(d); err != nil {
				return none, err
			}
			return *(&workspace{d: d}).payment(id), nil
		},
	}
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

// answered follows what a gateway said of a payment. A decline ends what waits for the money where the caller asks for that.
func (w *workspace) answered(s payment.State, answered payment.Answered, ends bool) error {
	attempt, now := s.Attempts[answered.N-1], w.d.Now()
	if _, err := w.onInvoice(s.Invoice, invoice.FollowPayment{Payment: s.ID, Status: invoice.PaymentStatus(answered.Status)}, now); err != nil {
		return err
	}
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
		if ends && w.invoiceState(s.Invoice).Status == invoice.StatusOpen {
			return w.decline(s.Invoice)
		}
		follow := w.missed
		if answered.N > 1 {
			follow = func(id string) error { return w.hold(id, false) }
		}
		if err := follow(s.Invoice); err != nil {
			return err
		}
		if err := w.planRetry(s.ID); err != nil {
			return err
		}
		return w.holdUpdate(s.Invoice, false)
	case payment.StatusProcessing, payment.StatusUnknown:
		if err := w.hold(s.Invoice, true); err != nil {
			return err
		}
		return w.holdUpdate(s.Invoice, true)
	case payment.StatusPending, payment.StatusRequiresAction:
		if err := w.hold(s.Invoice, false); err != nil {
			return err
		}
		return w.holdUpdate(s.Invoice, false)
	case payment.StatusReversed: // a charge is not answered so
	}
	return nil
}

// holdUpdate lets what waits for an invoice's money wait beyond its time, or not any longer: what expired meanwhile does so now.
func (w *workspace) holdUpdate(id string, held bool) error {
	if err := w.change(subscription.HoldUpdate{Invoice: id, Held: held}, w.d.Now()); err != nil || held {
		return err
	}
	return w.catchUp()
}

// decline ends what waits for an open invoice, whose money was declined.
func (w *workspace) decline(id string) error {
	if err := w.void(id, "declined", w.d.Now()); err != nil {
		return err
	}
	return w.change(subscription.DeclineUpdate{Invoice: id}, w.d.Now())
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
	Payment
	Wanted bool // its invoice expects money
}

// LookAtPayment gives a payment as it is now. It writes nothing.
func LookAtPayment(id string) Command[PaymentNow] {
	stream := payment.Stream(id)
	return Command[PaymentNow]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (PaymentNow, error) {
			w := &workspace{d: d}
			found := PaymentNow{Payment: *w.payment(id)}
			if found.State.ID == "" {
				return found, nil
			}
			if err := d.Need(invoice.Stream(found.State.Invoice)); err != nil {
				return found, err
			}
			found.Wanted = w.invoiceState(found.State.Invoice).Outstanding().Sign() > 0
			return found, nil
		},
	}
}
