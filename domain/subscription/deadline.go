package subscription

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// DeadlineKind is what happens by itself.
type DeadlineKind string

const (
	DeadlineUpdate   DeadlineKind = "update"   // what waits for money expires
	DeadlineOverdue  DeadlineKind = "overdue"  // money that is collected did not come
	DeadlineCancel   DeadlineKind = "cancel"   // a decided end
	DeadlineTrialEnd DeadlineKind = "trial"    // a trial becomes paid or ends
	DeadlineRenewal  DeadlineKind = "renewal"  // the next period begins
	renewalChange                 = "renewal"  // of a line's key; its period tells one renewal from another
	conversionChange              = "convert"  // at a trial's end
	cancelChange                  = "canceled" // by schedule
)

// CodeTooFarBehind is of the refusal to bill more periods at once than an operator need not look at.
const CodeTooFarBehind = "too_far_behind"

// catchUpMax is how many periods a late runner bills without an operator. It is counted by the clock at the moment of
// running, so it never stops a clock that is advanced.
const catchUpMax = 6

// Deadline is when something happens by itself.
type Deadline struct {
	Kind DeadlineKind
	At   time.Time
}

// Key is the same for whoever finds the deadline, so that ids which are made of it are the same too.
func (d Deadline) Key(subscription string) string {
	return fmt.Sprintf("%s/%s/%s", subscription, d.Kind, d.At.UTC().Format(time.RFC3339Nano))
}

// NextDeadline is the earliest one, and of several at one instant the one that goes first: what waits for money expires
// before anything else, and an end comes before a renewal.
func (s State) NextDeadline() (next Deadline, ok bool) {
	consider := func(kind DeadlineKind, at time.Time) {
		if !ok || at.Before(next.At) {
			next, ok = Deadline{Kind: kind, At: at}, true
		}
	}
	if !s.Live() {
		return next, false
	}
	if s.PendingUpdate != nil {
		consider(DeadlineUpdate, s.PendingUpdate.ExpiresAt)
	}
	if owed, ok := s.nextOverdue(); ok {
		consider(DeadlineOverdue, owed.overdueAt())
	}
	if s.Cancellation != nil {
		consider(DeadlineCancel, s.Cancellation.At)
	}
	switch s.Status {
	case StatusTrialing:
		consider(DeadlineTrialEnd, s.Trial.End)
	case StatusActive, StatusPastDue, StatusRestricted:
		consider(DeadlineRenewal, s.CurrentPeriod.End)
	}
	return next, ok
}

// At is the state as it is once everything happened that is due by now, so that a late runner never shows a wrong
// status. What only a runner knows is left out: it finds no payment method and no seat in use.
func (s State) At(now time.Time) State {
	for range 1_000 {
		deadline, ok := s.NextDeadline()
		if !ok || deadline.At.After(now) {
			break
		}
		none := money.Zero(s.Terms.Currency)
		events, err := s.runDeadline(deadline, Run{
			Billing: Billing{Change: "-", Invoice: "-"}, SeatsInUse: 0, Paid: &Paid{Invoiced: none, Settled: none, Received: none},
			Operator: true,
		})
		if err != nil {
			break
		}
		for _, event := range events {
			s = Evolve(s, event)
		}
	}
	return s
}

// run is refused with too_far_behind. Its events are as of the deadline, whenever it runs; when nothing is due, nothing
// happens.
func run(s State, c Run, now time.Time) ([]domain.Event, error) {
	deadline, ok := s.NextDeadline()
	if !ok || deadline.At.After(now) {
		return nil, nil
	}
	if !c.Operator && s.TooFarBehind(now) {
		return nil, domain.Conflict(CodeTooFarBehind, "the renewal of %s is more than %d periods late; an operator must allow it",
			deadline.At.Format(time.RFC3339), catchUpMax)
	}
	return s.runDeadline(deadline, c)
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

func (s State) runDeadline(d Deadline, c Run) ([]domain.Event, error) {
	switch d.Kind {
	case DeadlineUpdate:
		expired := UpdateExpired{ID: s.ID, Change: s.PendingUpdate.Change, Invoice: s.PendingUpdate.Invoice, ExpiredAt: d.At}
		if s.Status == StatusIncomplete {
			return []domain.Event{expired, Expired{ID: s.ID, Status: StatusIncompleteExpired, ExpiredAt: d.At}}, nil
		}
		return []domain.Event{expired}, nil
	case DeadlineOverdue:
		owed, _ := s.nextOverdue()
		return []domain.Event{BecamePastDue{ID: s.ID, Invoice: owed.Invoice, Since: d.At}}, nil
	case DeadlineCancel:
		events := append(s.dropped(UnscheduledEnding), s.canceled(d.At, CanceledRequested, s.Cancellation.Settlement))
		if !d.At.Before(s.CurrentPeriod.End) {
			return events, nil
		}
		c.Change = cancelChange
		settled, err := s.settled(s.Cancellation.Settlement, c.Billing, c.Paid, d.At)
		return append(events, settled...), err
	case DeadlineTrialEnd:
		return s.endTrial(d.At, c)
	}
	return s.renew(d.At, c)
}

// renew begins the next period: what waited for that happens first, and then the period is billed.
func (s State) renew(at time.Time, c Run) ([]domain.Event, error) {
	if c.Invoice == "" {
		return nil, errIncomplete
	}
	events, next, err := s.nextPeriod(at, c.SeatsInUse)
	if err != nil {
		return nil, err
	}
	update, err := next.renewed(at)
	if err != nil {
		return nil, err
	}
	billed, err := next.collected(next.billing(renewalChange, c.Invoice, ReasonRenewal, at, update.Bill), c.Billing)
	return append(events, billed...), err
}

// collected notes on a bill that nothing waits for whether money is to be collected for it.
func (s State) collected(billed []domain.Event, b Billing) ([]domain.Event, error) {
	if s.Collection != CollectionAutomatic || len(billed) == 0 {
		return billed, nil
	}
	bill := billed[0].(Billed)
	due, err := s.due(bill.Bill, b)
	bill.Collect = due.Sign() > 0
	return []domain.Event{bill}, err
}

// nextPeriod is the beginning of the next period, and the state afterwards.
func (s State) nextPeriod(at time.Time, inUse int64) ([]domain.Event, State, error) {
	events, anchor := s.applied(at, inUse), s.Anchor
	next := s
	for _, event := range events {
		next = Evolve(next, event)
	}
	begun, err := beginAt(at, anchor, next.Terms, s.TimeZone)
	if next.Terms.Cycle().Months() != s.Terms.Cycle().Months() {
		begun, err = begin(at, next.Terms, s.TimeZone)
	}
	if err != nil {
		return nil, next, err
	}
	renewed := Renewed{ID: s.ID, Anchor: begun.anchor, CurrentPeriod: begun.period}
	return append(events, renewed), Evolve(next, renewed), nil
}

// applied is what waited for the period's end. Fewer seats are never fewer than are in use by then.
func (s State) applied(at time.Time, inUse int64) []domain.Event {
	waiting := s.PendingChange
	switch {
	case waiting == nil:
		return nil
	case waiting.Kind == ChangeOfSeats:
		seats := min(max(waiting.Seats, inUse), s.Seats)
		if seats == s.Seats {
			return nil
		}
		return []domain.Event{SeatsChanged{ID: s.ID, From: s.Seats, To: seats, EffectiveAt: at}}
	}
	terms := waiting.Terms
	if terms.Cycle().Months() == s.Terms.Cycle().Months() {
		terms.Proration = s.Terms.Proration // as long as the anchor stays, so does the grain of its boundaries
	}
	return []domain.Event{Downgraded{ID: s.ID, Change: waiting.Change, From: s.Terms.Price, Terms: terms, EffectiveAt: at}}
}

// renewed prices the period that just began.
func (s State) renewed(at time.Time) (Update, error) {
	return s.priced(Update{
		Change: renewalChange, Reason: ReasonRenewal, Terms: s.Terms, Seats: s.Seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod,
	}, pricing.LineKindCharge, nil, s.Discount.current())
}
