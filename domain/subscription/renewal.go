package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// renewalChange begins the keys of the lines that a renewal bills; their period tells one renewal from another.
const renewalChange = "renewal"

// Renewed begins the next period. What was scheduled for its beginning has happened before.
type Renewed struct {
	ID            string        `json:"id"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
}

// EventType gives the stored name.
func (Renewed) EventType() string { return "subscription.renewed.v1" }

func (e Renewed) evolve(s State) State {
	s.PendingChange = nil
	return s.withPeriod(e.Anchor, e.CurrentPeriod, false)
}

// withPeriod starts a period: nothing of the one before is in force.
func (s State) withPeriod(anchor period.Anchor, p period.Period, stub bool) State {
	s.Anchor, s.CurrentPeriod, s.Stub = anchor, p, stub
	s.Discount, s.InForce = s.Discount.next(p.Start), nil
	return s
}

// renewalEvents begin the next period: what waited for that happens first, and then the period is billed.
func (s State) renewalEvents(at time.Time, c Run) ([]Fact, error) {
	if c.Invoice == "" {
		return nil, errIncomplete
	}
	events, next, err := s.periodEvents(at, c.SeatsInUse)
	if err != nil {
		return nil, err
	}
	update, err := next.renewalUpdate(at)
	if err != nil {
		return nil, err
	}
	billed, err := next.billEvents(renewalChange, ReasonRenewal, at, update.Bill, c.Billing)
	return append(events, billed...), err
}

// periodEvents begin the next period, before its bill, and come with the state afterwards.
func (s State) periodEvents(at time.Time, inUse int64) ([]Fact, State, error) {
	events := s.takeEffectEvents(s.nextTerms(), s.nextSeats(inUse), at)
	next := fold(s, events)
	begun, err := beginAt(at, s.Anchor, next.Terms, s.TimeZone)
	if next.Terms.Cycle().Months() != s.Terms.Cycle().Months() {
		begun, err = begin(at, next.Terms, s.TimeZone)
	}
	if err != nil {
		return nil, next, err
	}
	renewed := Renewed{ID: s.ID, Anchor: begun.anchor, CurrentPeriod: begun.period}
	return append(events, renewed), renewed.evolve(next), nil
}

// renewalUpdate prices the period that just began.
func (s State) renewalUpdate(at time.Time) (Update, error) {
	return s.priced(Update{
		Change: renewalChange, Reason: ReasonRenewal, Terms: s.Terms, Seats: s.Seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod,
	}, pricing.LineKindCharge, nil, s.Discount.current())
}
