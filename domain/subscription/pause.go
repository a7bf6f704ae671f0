package subscription

import (
	"cmp"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Pause stops service and bills, and takes back what is left of the period.
type Pause struct{ Billing }

// Paused stops service and bills from now on.
type Paused struct {
	ID       string    `json:"id"`
	PausedAt time.Time `json:"paused_at"`
}

// EventType gives the stored name.
func (Paused) EventType() string { return "subscription.paused.v1" }

func (e Paused) evolve(s State) State {
	s.Status = StatusPaused
	return s.withoutForce(e.PausedAt)
}

func (Pause) action() string { return ActionPause }

// decide takes the rest of what is in force back. What waits for the next period happens when a resume begins one.
func (c Pause) decide(s State, meta domain.Meta) ([]Fact, error) {
	events := []Fact{Paused{ID: s.ID, PausedAt: meta.Now}}
	taken, err := s.takeBackEvents(c.Change, TakenBackPaused, SettlementCredit, meta.Now)
	return append(events, taken...), err
}

// ResumeAnchor tells which periods a subscription resumes with.
type ResumeAnchor string

const (
	ResumeNow       ResumeAnchor = "now"       // a new anchor, and a full period
	ResumeUnchanged ResumeAnchor = "unchanged" // the rest of the period that would be
)

// ResumeAnchors lists all of them.
var ResumeAnchors = []ResumeAnchor{ResumeNow, ResumeUnchanged}

// Resume starts service and bills again.
type Resume struct {
	Billing
	Anchor     *ResumeAnchor // now when nil
	SeatsInUse int64
}

// Resumed starts service and bills again, in this period.
type Resumed struct {
	ID            string        `json:"id"`
	Change        string        `json:"change"`
	ResumedAt     time.Time     `json:"resumed_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
	// Status is past_due or restricted where an invoice is overdue; it is empty for active.
	Status Status `json:"status,omitempty"`
}

// EventType gives the stored name.
func (Resumed) EventType() string { return "subscription.resumed.v1" }

func (e Resumed) evolve(s State) State {
	discount := s.resumedDiscount(e.CurrentPeriod)
	if !e.CurrentPeriod.End.Equal(s.CurrentPeriod.End) {
		s.PendingChange = nil
	}
	s.Status = cmp.Or(e.Status, StatusActive)
	s = s.withOwedAt(e.ResumedAt).withPeriod(e.Anchor, e.CurrentPeriod, e.Stub)
	s.Discount = discount
	return s
}

func (Resume) action() string { return ActionResume }

// decide refuses with anchor_invalid. Where money is to be collected it stays paused until that came. An invoice that is past
// due keeps nobody from resuming; the subscription is past due then.
func (c Resume) decide(s State, meta domain.Meta) ([]Fact, error) {
	anchor := domain.Or(c.Anchor, ResumeNow)
	if anchor != ResumeNow && anchor != ResumeUnchanged {
		return nil, domain.InvalidField("/anchor", "anchor_invalid", "anchor must be now or unchanged")
	}
	begun, terms, seats, err := s.resumedPeriod(anchor, c.SeatsInUse, meta.Now)
	if err != nil {
		return nil, err
	}
	schedule, err := period.NewSchedule(begun.anchor, terms.Cycle(), s.TimeZone, terms.Proration)
	if err != nil {
		return nil, err
	}
	share := schedule.Remaining(begun.period, meta.Now)
	update, err := s.priced(Update{
		Change: c.Change, Kind: ChangeResume, Reason: ReasonChange, Terms: terms, Seats: seats, EffectiveAt: meta.Now,
		Anchor: begun.anchor, CurrentPeriod: begun.period, Stub: anchor == ResumeUnchanged && share.Num < share.Den,
	}, pricing.LineKindCharge, nil, s.resumedDiscount(begun.period).current())
	if err != nil {
		return nil, err
	}
	return s.carryOutEvents(update, c.Billing, meta.Now, begun.period.End)
}

// resumedPeriod gives the period that a subscription resumes in, with its terms and seats: those of today while the period
// goes on in which it was paused, else those that waited for the next. A price of another interval that waited begins where
// that period ended, or now.
func (s State) resumedPeriod(anchor ResumeAnchor, inUse int64, now time.Time) (beginning, pricing.Terms, int64, error) {
	begins, err := begin(now, s.Terms, s.TimeZone)
	if anchor == ResumeUnchanged {
		begins, err = beginAt(now, s.Anchor, s.Terms, s.TimeZone)
	}
	if err != nil || begins.period.End.Equal(s.CurrentPeriod.End) {
		return begins, s.Terms, s.Seats, err
	}
	terms, seats := s.nextTerms(), s.nextSeats(inUse)
	if terms.Cycle().Months() == s.Terms.Cycle().Months() {
		return begins, terms, seats, nil
	}
	begins, err = begin(now, terms, s.TimeZone)
	if anchor == ResumeUnchanged {
		if begins, err = begin(s.CurrentPeriod.End, terms, s.TimeZone); err == nil {
			begins, err = beginAt(now, begins.anchor, terms, s.TimeZone)
		}
	}
	return begins, terms, seats, err
}

// resumedDiscount gives the discount of the period that a subscription resumes in: that of the period in which it was
// paused, if it is the same, else the next.
func (s State) resumedDiscount(p period.Period) *Discount {
	if p.End.Equal(s.CurrentPeriod.End) {
		return s.Discount
	}
	return s.Discount.next(p.Start)
}
