package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// SetDunning replaces the policy by which what falls due from now on is followed up; the result is the new one.
func SetDunning(p dunning.Policy) Command[dunning.Policy] {
	return Command[dunning.Policy]{
		Resource: dunning.Stream(),
		Writes:   []domain.Stream{dunning.Stream()},
		Decide: func(d *eventstore.Decision) (dunning.Policy, error) {
			after, err := apply(d, dunning.Stream(), dunning.Decide, dunning.Command(dunning.Replace{Policy: p}))
			return after.Policy(), err
		},
	}
}

// policyOf gives the policy by which an invoice is followed up, which must have fallen due. The ledger's policies must have been
// asked for.
func (w *workspace) policyOf(s invoice.State) (dunning.Policy, dunning.Due) {
	due := dunning.Due{At: *s.DueAt, TimeZone: s.TimeZone}
	return eventstore.StateOf[dunning.State](w.d, dunning.Stream()).Of(s.Dunning, due.At), due
}

// ladder gives what becomes of the subscription while an invoice is not paid; nil for one that has not fallen due by an instant.
func (w *workspace) ladder(id string, at time.Time) (*subscription.Ladder, error) {
	if err := w.need(invoice.Stream(id), dunning.Stream()); err != nil {
		return nil, err
	}
	s := w.invoiceState(id)
	if s.DueAt == nil || s.DueAt.After(at) {
		return nil, nil
	}
	policy, due := w.policyOf(s)
	ladder := subscription.Ladder{DueAt: due.At, Settlement: subscription.Settlement(policy.Settlement)}
	ladder.RestrictAt, ladder.CancelAt = policy.Ladder(due)
	return &ladder, nil
}

// missed makes an invoice past due whose first attempt to collect it failed. One that is sent is not before its time.
func (w *workspace) missed(id string) error {
	if !w.isCollected(w.invoiceState(id)) {
		return w.hold(id, false)
	}
	now := w.d.Now()
	if err := w.onAccount(account.MissPayment{Invoice: id}, now); err != nil {
		return err
	}
	if !w.owes(id) {
		return nil
	}
	ladder, err := w.ladder(id, now)
	if err != nil {
		return err
	}
	return w.change(subscription.MissPayment{Invoice: id, Ladder: ladder}, now)
}

// hold keeps an invoice from becoming past due, and its subscription from what follows, while a gateway may be taking the money.
func (w *workspace) hold(id string, held bool) error {
	now := w.d.Now()
	if err := w.onAccount(account.HoldPayment{Invoice: id, Held: held}, now); err != nil {
		return err
	}
	if !w.owes(id) {
		return nil
	}
	if held {
		return w.change(subscription.Hold{Invoice: id}, now)
	}
	return w.change(subscription.Release{Invoice: id}, now)
}

// planRetry says when a payment that failed is tried again: by the policy of its invoice, unless the decline was hard. Only what is
// collected is.
func (w *workspace) planRetry(id string) error {
	if err := w.need(payment.Stream(id), dunning.Stream()); err != nil {
		return err
	}
	paid := eventstore.StateOf[payment.State](w.d, payment.Stream(id))
	s := w.invoiceState(paid.Invoice)
	if paid.Status() != payment.StatusFailed || s.Status != invoice.StatusFinalized || !w.isCollected(s) {
		return nil
	}
	return w.onPayment(id, w.nextRetry(s, paid))
}

func (w *workspace) nextRetry(s invoice.State, paid payment.State) payment.PlanRetry {
	now := w.d.Now()
	switch failure := paid.Last().Failure; {
	case s.Outstanding().Sign() <= 0:
		return payment.PlanRetry{Retries: payment.RetriesDone}
	case failure != nil && failure.Kind == payment.Hard:
		return payment.PlanRetry{Retries: payment.RetriesStopped}
	}
	policy, due := w.policyOf(s)
	if due.At.After(now) { // its policy is known as it falls due
		return payment.PlanRetry{Retries: payment.RetriesRunning, At: new(due.Step(1))}
	}
	if at, ok := policy.NextRetry(due, now); ok {
		return payment.PlanRetry{Retries: payment.RetriesRunning, At: &at}
	}
	return payment.PlanRetry{Retries: payment.RetriesDone}
}

func (w *workspace) onPayment(id string, c payment.Command) error {
	_, err := applyAt(w.d, payment.Stream(id), payment.Decide, c, w.d.Now())
	return err
}

// RetryPayment begins the attempt that is due of a payment that failed, for what its invoice expects now, by the default payment
// method. Without one the retries stop until there is.
func RetryPayment(id string) Command[struct{}] {
	return onPaymentOf(id, func(w *workspace, paid payment.State) error {
		at, ok := paid.RetryAt()
		if !ok || at.After(w.d.Now()) {
			return nil // somebody was faster
		}
		if err := w.need(paymentmethod.Stream(w.name), dunning.Stream()); err != nil {
			return err
		}
		s := w.invoiceState(paid.Invoice)
		if s.Outstanding().Sign() <= 0 {
			return w.onPayment(id, payment.PlanRetry{Retries: payment.RetriesDone})
		}
		policy, due := w.policyOf(s)
		if planned, ok := policy.NextRetry(due, at.Add(-1)); !ok || !planned.Equal(at) {
			return w.onPayment(id, w.nextRetry(s, paid)) // the policy changed before the invoice fell due
		}
		methods := w.methods()
		method, ok := methods.Find(methods.Default)
		if !ok {
			return w.onPayment(id, payment.PlanRetry{Retries: payment.RetriesStopped})
		}
		return w.charge(paid.Invoice, asking{method: method}, w.d.Now())
	})
}

// oweAgain has the subscription owe an invoice again, from an instant on, since what paid it was taken back. What is collected is
// past due at once where money of it is gone or collecting it has failed.
func (w *workspace) oweAgain(id string, gone bool, at time.Time) error {
	if err := w.need(invoice.Stream(id), dunning.Stream()); err != nil {
		return err
	}
	s := w.invoiceState(id)
	if s.Subscription == nil || s.Status != invoice.StatusFinalized || s.DueAt == nil {
		return nil
	}
	c := subscription.OweAgain{Subscription: *s.Subscription, Invoice: id, OwedAt: at, OverdueAt: *s.OverdueFrom(), Sent: !w.isCollected(s)}
	if !gone {
		c.OwedAt = *s.IssuedAt
		gone = s.Following == invoice.PaymentFailed || !at.Before(s.IssuedAt.Add(subscription.CollectionTime))
	}
	if gone {
		policies := eventstore.StateOf[dunning.State](w.d, dunning.Stream())
		policy := policies.Of(policies.VersionAt(at), at)
		c.Ladder = &subscription.Ladder{DueAt: at, Settlement: subscription.Settlement(policy.Settlement)}
		c.Ladder.RestrictAt, c.Ladder.CancelAt = policy.Ladder(dunning.Due{At: at, TimeZone: s.TimeZone})
	}
	return w.change(c, at)
}
