package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Pause stops service and bills, and credits what is left of the period.
type Pause struct{ Billing }

// Paused stops service and bills from now on.
type Paused struct {
	ID       string    `json:"id"`
	PausedAt time.Time `json:"paused_at"`
}

// EventType gives the stored name.
func (Paused) EventType() string { return "subscription.paused.v1" }

func (Paused) evolve(s State) State {
	s.Status, s.InForce = StatusPaused, nil
	return s
}

func (Pause) action() string { return ActionPause }

// decide credits the rest of what is in force. What waits for the period's end does not happen.
func (c Pause) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Change == "" || c.Invoice == "" {
		return nil, errIncomplete
	}
	bill, err := s.stopBill(c.Change, meta.Now)
	if err != nil {
		return nil, err
	}
	events := append(s.dropEvents(UnscheduledPaused), Paused{ID: s.ID, PausedAt: meta.Now})
	return append(events, s.billEvents(c.Change, c.Invoice, ReasonChange, meta.Now, bill)...), nil
}

// ResumeAnchor tells which periods a subscription resumes with.
type ResumeAnchor string

const (
	ResumeNow       ResumeAnchor = "now"       // a new anchor, and a full period
	ResumeUnchanged ResumeAnchor = "unchanged" // the rest of the period that would be
)

// Resume starts service and bills again.
type Resume struct {
	Billing
	Anchor *ResumeAnchor // now when nil
}

// Resumed starts service and bills again, in this period.
type Resumed struct {
	ID            string        `json:"id"`
	Change        string        `json:"change"`
	ResumedAt     time.Time     `json:"resumed_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
}

// EventType gives the stored name.
func (Resumed) EventType() string { return "subscription.resumed.v1" }

func (e Resumed) evolve(s State) State {
	discount := s.resumedDiscount(e.CurrentPeriod)
	s.Status = StatusActive
	s = s.withPeriod(e.Anchor, e.CurrentPeriod, e.Stub)
	s.Discount = discount
	return s
}

func (Resume) action() string { return ActionResume }

// decide refuses with anchor_invalid. Where money is to be collected it stays paused until that came.
func (c Resume) decide(s State, meta domain.Meta) ([]Fact, error) {
	anchor := domain.Or(c.Anchor, ResumeNow)
	if anchor != ResumeNow && anchor != ResumeUnchanged {
		return nil, domain.InvalidField("/anchor", "anchor_invalid", "anchor must be now or unchanged")
	}
	begun, err := begin(meta.Now, s.Terms, s.TimeZone)
	if anchor == ResumeUnchanged {
		begun, err = beginAt(meta.Now, s.Anchor, s.Terms, s.TimeZone)
	}
	if err != nil {
		return nil, err
	}
	schedule, err := s.Schedule()
	if err != nil {
		return nil, err
	}
	share := schedule.Remaining(begun.period, meta.Now)
	update, err := s.priced(Update{
		Change: c.Change, Kind: ChangeResume, Reason: ReasonChange, Terms: s.Terms, Seats: s.Seats, EffectiveAt: meta.Now,
		Anchor: begun.anchor, CurrentPeriod: begun.period, Stub: anchor == ResumeUnchanged && share.Num < share.Den,
	}, pricing.LineKindCharge, nil, s.resumedDiscount(begun.period).current())
	if err != nil {
		return nil, err
	}
	return s.carryOutEvents(update, c.Billing, meta.Now, begun.period.End)
}

// resumedDiscount gives the discount of the period that a subscription resumes in: that of the period in which it was
// paused, if it is the same, else the next.
func (s State) resumedDiscount(p period.Period) *Discount {
	if p.End.Equal(s.CurrentPeriod.End) {
		return s.Discount
	}
	return s.Discount.next()
}
