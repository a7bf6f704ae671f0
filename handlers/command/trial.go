package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
)

// Trial is a trial as a command leaves it, with the subscription that has its plan and seats.
type Trial struct {
	Subscription
	Trial trial.State
}

// Look shows the same as it is now.
func (t Trial) Look() Command[Trial] {
	look, stream := t.Subscription.Look(), trial.Stream(t.Workspace, t.Trial.Family)
	return Command[Trial]{
		Resource: look.Resource,
		Reads:    append(look.Reads, stream),
		Decide: func(d *eventstore.Decision) (Trial, error) {
			after, err := look.Decide(d)
			return Trial{Subscription: after, Trial: eventstore.StateOf[trial.State](d, stream)}, err
		},
	}
}

// StartTrial begins the workspace's one trial of a price's family and opens its seats. The caller fills in all of c but
// Terms, Discount and SeatsInUse. It refuses with name_invalid, seats_out_of_range, price_not_found, price_archived,
// product_archived, license_active or trial_already_used.
func StartTrial(name string, c subscription.StartTrial) Command[Trial] {
	return onTrial(name, "", func(w *workspace) (subscription.Command, error) {
		c := c
		if err := checkWanted(&c.Price, c.Seats); err != nil {
			return nil, err
		}
		var err error
		if c.Terms, err = eventstore.StateOf[catalog.State](w.d, catalog.Stream()).ForSale(c.Price); err != nil {
			return nil, err
		}
		stream := trial.Stream(w.name, c.Terms.Family)
		if err := w.need(stream); err != nil {
			return nil, err
		}
		if err := w.checkUnlicensed(); err != nil {
			return nil, err
		}
		if c.Coupon != nil {
			c.Discount = w.discount(*c.Coupon)
		}
		c.SeatsInUse = w.seatsInUse()
		used := eventstore.StateOf[trial.State](w.d, stream).CheckUnused(c.Terms.Family)
		return c, w.billable().WithActions(used, w.d.Now())
	})
}

// ConvertTrial makes a trial paid before its end. The caller fills in all of c but Terms, Discount, Credit and SeatsInUse. It refuses
// as [UpgradeSubscription] does, and with seats_out_of_range.
func ConvertTrial(name string, c subscription.ConvertTrial) Command[Trial] {
	return onTrial(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		if err := checkWanted(c.Price, c.Seats); err != nil {
			return nil, err
		}
		if c.Price != nil {
			terms, err := w.termsOf(*c.Price)
			if err != nil {
				return nil, err
			}
			c.Terms = &terms
		}
		if c.Coupon != nil {
			c.Discount = w.discount(*c.Coupon)
		}
		c.SeatsInUse = w.seatsInUse()
		var err error
		if c.PaymentMethod, err = w.named(c.PaymentMethod); err != nil {
			return nil, err
		}
		if domain.Or(c.Anchor, subscription.ConvertNow) == subscription.ConvertTrialEnd {
			if err := w.prefer(); err != nil {
				return nil, err
			}
		}
		return c, w.fund(&c.Billing, w.subscription().Terms.Currency)
	})
}

// prefer makes the payment method that the caller named the default, where it is named for what is billed later.
func (w *workspace) prefer() error {
	if w.method == nil {
		return nil
	}
	if err := w.onMethods(paymentmethod.SetDefault{ID: w.method.ID}); err != nil {
		return err
	}
	return w.collectOverdue(*w.method)
}

// checkWanted refuses with name_invalid a code that no price can have, and with seats_out_of_range a number of seats that
// no price allows.
func checkWanted(price *string, seats *int64) error {
	var check domain.Check
	if price != nil {
		check.Name("/price", *price)
	}
	check.Require(seats == nil || *seats >= 1 && *seats <= pricing.SeatsMax, "/seats", "seats_out_of_range",
		"seats must be 1 to %d", pricing.SeatsMax)
	return check.Rejection()
}

// CancelTrial ends a trial at once; the workspace goes back to the free plan.
func CancelTrial(name string) Command[Trial] {
	return onTrial(name, "", func(*workspace) (subscription.Command, error) { return subscription.CancelTrial{}, nil })
}

// ExtendTrial moves the end of a trial to a later instant.
func ExtendTrial(name string, c subscription.ExtendTrial) Command[Trial] {
	return onTrial(name, "", func(*workspace) (subscription.Command, error) { return c, nil })
}

// RemindTrial writes the reminder that a trial is about to end, when it is due and not written yet.
func RemindTrial(name, family string) Command[struct{}] {
	stream := trial.Stream(name, family)
	return Command[struct{}]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide:   func(d *eventstore.Decision) (struct{}, error) { return struct{}{}, remind(d, stream, d.Now()) },
	}
}

// remind writes a trial's reminder that is due by now, as of its own instant.
func remind(d *eventstore.Decision, stream domain.Stream, now time.Time) error {
	at, ok := eventstore.StateOf[trial.State](d, stream).ReminderAt()
	if !ok || at.After(now) {
		return nil
	}
	_, err := applyAt(d, stream, trial.Decide, trial.Command(trial.Remind{}), at)
	return err
}

// onTrial decides a command on the workspace's subscription as [onSubscription] does; the result has its trial too.
func onTrial(name, invoiceID string, complete func(*workspace) (subscription.Command, error)) Command[Trial] {
	whole := onSubscription(name, invoiceID, func(w *workspace) (subscription.Command, error) {
		if s := w.subscription(); s.Status == subscription.StatusTrialing {
			if err := w.need(trial.Stream(w.name, s.Terms.Family)); err != nil {
				return nil, err
			}
		}
		return complete(w)
	})
	return Command[Trial]{
		Resource: whole.Resource,
		Reads:    whole.Reads,
		Writes:   whole.Writes,
		Decide: func(d *eventstore.Decision) (Trial, error) {
			after, err := whole.Decide(d)
			if err != nil {
				return Trial{}, err
			}
			// A command that succeeds here has begun the trial or found it running, so the family is the trial's.
			stream := trial.Stream(name, after.State.Terms.Family)
			return Trial{Subscription: after, Trial: eventstore.StateOf[trial.State](d, stream)}, nil
		},
	}
}

// reasonPlan is the reason of an extension that comes with another plan, which grants more days.
const reasonPlan = "plan"

// followTrial writes into the trial's own stream how an event of its subscription changes it; before is the subscription as
// the command c found it. A reminder that is due comes first, so that a late runner writes the same events as a punctual
// one.
func (w *workspace) followTrial(before subscription.State, c subscription.Command, event domain.Event, at time.Time) error {
	family, follow := before.Terms.Family, trial.Command(nil)
	if created, ok := event.(subscription.Created); ok && created.Trial != nil {
		family = created.Terms.Family
		follow = trial.Start{
			Family: family, Subscription: created.ID, Price: created.Terms.Price, Start: created.Trial.Start, End: created.Trial.End,
		}
	} else if before.Status == subscription.StatusTrialing {
		follow = trialCommand(c, event)
	}
	if follow == nil {
		return nil
	}
	stream := trial.Stream(w.name, family)
	if err := w.need(stream); err != nil {
		return err
	}
	if err := remind(w.d, stream, at); err != nil {
		return err
	}
	_, err := applyAt(w.d, stream, trial.Decide, follow, at)
	return err
}

// trialCommand returns the command on a trial that follows an event of its subscription, nil for none.
func trialCommand(c subscription.Command, event domain.Event) trial.Command {
	switch e := event.(type) {
	case subscription.Upgraded:
		return trial.ChangePrice{Price: e.Terms.Price}
	case subscription.Downgraded:
		return trial.ChangePrice{Price: e.Terms.Price}
	case subscription.TrialExtended:
		if extend, byHand := c.(subscription.ExtendTrial); byHand {
			return trial.Extend{End: e.To, Reason: extend.Reason}
		}
		return trial.Extend{End: e.To, Reason: reasonPlan}
	case subscription.TrialConverted:
		return trial.End{Status: trial.StatusConverted, At: e.ConvertedAt}
	case subscription.Expired:
		return trial.End{Status: trial.StatusExpired, At: e.ExpiredAt}
	case subscription.Paused:
		return trial.End{Status: trial.StatusExpired, At: e.PausedAt}
	case subscription.Canceled:
		if _, timeIsUp := c.(subscription.Run); timeIsUp && e.Reason == subscription.CanceledTrial {
			return trial.End{Status: trial.StatusExpired, At: e.CanceledAt}
		}
		return trial.End{Status: trial.StatusCanceled, At: e.CanceledAt}
	}
	return nil
}
