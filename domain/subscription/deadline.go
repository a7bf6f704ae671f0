package subscription

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// DeadlineKind tells what happens by itself.
type DeadlineKind string

const (
	DeadlineUpdate   DeadlineKind = "update"  // what waits for money expires
	DeadlineOverdue  DeadlineKind = "overdue" // money did not come
	DeadlineDunning  DeadlineKind = "dunning" // and has not for long
	DeadlineCancel   DeadlineKind = "cancel"  // a decided end
	DeadlineTrialEnd DeadlineKind = "trial"   // a trial becomes paid or ends
	DeadlineRenewal  DeadlineKind = "renewal" // the next period begins
)

// DeadlineKinds lists all of them.
var DeadlineKinds = []DeadlineKind{DeadlineUpdate, DeadlineOverdue, DeadlineDunning, DeadlineCancel, DeadlineTrialEnd, DeadlineRenewal}

// CodeTooFarBehind refuses to bill more periods at once than an operator need not look at.
const CodeTooFarBehind = "too_far_behind"

// catchUpMax bounds the periods that a late runner bills without an operator. It is counted by the clock at the moment of
// running, so it never stops a clock that is advanced.
const catchUpMax = 6

// Deadline tells when something happens by itself.
type Deadline struct {
	Kind    DeadlineKind
	At      time.Time
	Invoice string // that becomes overdue, or whose ladder begins; empty for all others
}

// Key names the deadline alike for whoever finds it, so that ids which are made of it are the same too.
func (d Deadline) Key(subscription string) string {
	return fmt.Sprintf("%s/%s/%s", subscription, d.Kind, d.At.UTC().Format(time.RFC3339Nano))
}

// NextDeadline finds the earliest one, and of several at one instant the one that goes first: what waits for money expires
// before anything else, an end that was asked for comes before one for non-payment, and any end before a renewal.
func (s State) NextDeadline() (next Deadline, ok bool) {
	consider := func(kind DeadlineKind, at time.Time, invoice string) {
		if !ok || at.Before(next.At) {
			next, ok = Deadline{Kind: kind, At: at, Invoice: invoice}, true
		}
	}
	if !s.Live() {
		return next, false
	}
	if s.PendingUpdate != nil && !s.PendingUpdate.Held {
		consider(DeadlineUpdate, s.PendingUpdate.ExpiresAt, "")
	}
	if owed, ok := s.nextOverdue(); ok {
		consider(DeadlineOverdue, s.notBefore(owed.overdueAt()), owed.Invoice)
	}
	if s.Cancellation != nil {
		consider(DeadlineCancel, s.Cancellation.At, "")
	}
	if step, ok := s.nextDunning(); ok {
		consider(step.Kind, step.At, step.Invoice)
	}
	switch s.Status {
	case StatusTrialing:
		consider(DeadlineTrialEnd, s.Trial.End, "")
	case StatusActive, StatusPastDue, StatusRestricted:
		consider(DeadlineRenewal, s.CurrentPeriod.End, "")
	default: // in any other status no time passes
	}
	return next, ok
}

// NextRenewal gives the period that is renewed as it ends, and false where it is not, or ends before.
func (s State) NextRenewal() (ends period.Period, ok bool) {
	switch s.Status {
	case StatusActive, StatusPastDue, StatusRestricted:
	default:
		return ends, false
	}
	return s.CurrentPeriod, s.Cancellation == nil || s.Cancellation.At.After(s.CurrentPeriod.End)
}

// isDue reports whether a deadline is due by now.
func (s State) isDue(now time.Time) bool {
	deadline, ok := s.NextDeadline()
	return ok && !deadline.At.After(now)
}

// TooFarBehind reports whether the next deadline is a renewal that is so late that an operator must allow it.
func (s State) TooFarBehind(now time.Time) bool {
	deadline, ok := s.NextDeadline()
	if !ok || deadline.Kind != DeadlineRenewal {
		return false
	}
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return false // nothing can be computed in it, and whoever renews finds that out
	}
	last := period.DateIn(deadline.At, zone).AddMonths(catchUpMax * s.Terms.Cycle().Months())
	return last.Before(period.DateIn(now, zone))
}

// Run carries out the first deadline that is due, as of its own instant. Run it until nothing comes of it.
type Run struct {
	Billing
	SeatsInUse    int64
	PaymentMethod bool    // the workspace has one
	Ladder        *Ladder // of the deadline's invoice, nil where that has not fallen due
	Operator      bool    // goes on however far back
}

func (Run) action() string { return actionFollow }

// decide refuses with too_far_behind. Its events are as of the deadline, whenever it runs; when nothing is due, nothing
// happens.
func (c Run) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.isDue(meta.Now) {
		return nil, nil
	}
	deadline, _ := s.NextDeadline()
	if !c.Operator && s.TooFarBehind(meta.Now) {
		return nil, domain.Conflict(CodeTooFarBehind, "the renewal of %s is more than %d periods late; an operator must allow it",
			deadline.At.Format(time.RFC3339), catchUpMax)
	}
	return s.deadlineEvents(deadline, c)
}

func (s State) deadlineEvents(d Deadline, c Run) ([]Fact, error) {
	switch d.Kind {
	case DeadlineUpdate:
		return s.updateExpiredEvents(d.At), nil
	case DeadlineOverdue:
		return s.pastDueEvents(d.Invoice, d.At, c.Ladder), nil
	case DeadlineDunning:
		return s.dunningEvents(d, c.Ladder)
	case DeadlineCancel:
		return s.cancelEvents(d.At)
	case DeadlineTrialEnd:
		return s.trialEndEvents(d.At, c)
	default:
		return s.renewalEvents(d.At, c)
	}
}

// At gives the state as it is once everything happened that is due by now, so that a late runner never shows a wrong
// status. It leaves out what only a runner knows: it finds no payment method and no seat in use.
func (s State) At(now time.Time) State {
	s, _ = s.caughtUp(now)
	return s
}

// caughtUp gives the state of [State.At]; stuck tells that commands wait until an operator has carried out what is due.
func (s State) caughtUp(now time.Time) (at State, stuck bool) {
	for range 1_000 {
		deadline, ok := s.NextDeadline()
		if !ok || deadline.At.After(now) {
			break
		}
		stuck = stuck || s.TooFarBehind(now)
		events, err := s.deadlineEvents(deadline, Run{Billing: Billing{Change: "-", Invoice: "-"}, Operator: true})
		if err != nil {
			break
		}
		s = fold(s, events)
	}
	return s, stuck
}
