package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// pause credits the rest of what is in force. What waits for the period's end does not happen.
func pause(s State, c Pause, now time.Time) ([]domain.Event, error) {
	if c.Change == "" || c.Invoice == "" {
		return nil, errIncomplete
	}
	bill, err := s.stopped(c.Change, now)
	if err != nil {
		return nil, err
	}
	events := append(s.dropped(UnscheduledPaused), Paused{ID: s.ID, PausedAt: now})
	return append(events, s.billing(c.Change, c.Invoice, ReasonChange, now, bill)...), nil
}

// resume is refused with anchor_invalid. Where money is to be collected it stays paused until that came.
func resume(s State, c Resume, now time.Time) ([]domain.Event, error) {
	anchor := ResumeNow
	if c.Anchor != nil {
		anchor = *c.Anchor
	}
	if anchor != ResumeNow && anchor != ResumeUnchanged {
		return nil, domain.InvalidField("/anchor", "anchor_invalid", "anchor must be now or unchanged")
	}
	begun, err := begin(now, s.Terms, s.TimeZone)
	if anchor == ResumeUnchanged {
		begun, err = beginAt(now, s.Anchor, s.Terms, s.TimeZone)
	}
	if err != nil {
		return nil, err
	}
	schedule, err := s.Schedule()
	if err != nil {
		return nil, err
	}
	share := schedule.Remaining(begun.period, now)
	update, err := s.priced(Update{
		Change: c.Change, Kind: ChangeResume, Reason: ReasonChange, Terms: s.Terms, Seats: s.Seats, EffectiveAt: now,
		Anchor: begun.anchor, CurrentPeriod: begun.period, Stub: anchor == ResumeUnchanged && share.Num < share.Den,
	}, pricing.LineKindCharge, nil, s.resumedDiscount(begun.period).current())
	if err != nil {
		return nil, err
	}
	return s.carryOut(update, c.Billing, now, begun.period.End)
}
