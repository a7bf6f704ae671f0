package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// changeSeats is refused with quote_mismatch, quote_expired, quote_stale, seats_out_of_range, seats_in_use, or
// pending_change_conflict when what waits for the period's end allows fewer. More seats come at once and are billed for
// the rest of the period; fewer wait for its end, so that the number charged is always the period's highest. The present
// number, and any more, takes a decrease back that waits.
func changeSeats(s State, c ChangeSeats, now time.Time) ([]domain.Event, error) {
	at, err := s.pinned(c.Quote, c.Version, s.Terms.Price, c.Seats, now)
	if err != nil {
		return nil, err
	}
	if c.Quote != nil {
		c.Change = c.Quote.Change
	}
	if err := s.checkSeats(c.Seats, c.SeatsInUse, now); err != nil {
		return nil, err
	}
	switch {
	case c.Seats == s.Seats && s.reduces():
		return []domain.Event{s.unscheduled(UnscheduledCanceled)}, nil
	case c.Seats == s.Seats:
		return nil, nil
	case s.Status == StatusTrialing:
		return []domain.Event{SeatsChanged{ID: s.ID, From: s.Seats, To: c.Seats, EffectiveAt: now}}, nil
	case c.Seats < s.Seats && c.Change == "":
		return nil, errIncomplete
	case c.Seats < s.Seats:
		return s.schedule(PendingChange{
			Change: c.Change, Kind: ChangeOfSeats, Terms: s.Terms, Seats: c.Seats, EffectiveAt: s.CurrentPeriod.End,
		}), nil
	}
	update, err := s.moreSeats(c.Seats, c.Change, at)
	if err != nil {
		return nil, err
	}
	update.Quote = c.Quote.token()
	return s.carryOut(update, c.Billing, now, s.CurrentPeriod.End)
}

// reduces reports whether fewer seats wait for the period's end.
func (s State) reduces() bool { return s.PendingChange != nil && s.PendingChange.Kind == ChangeOfSeats }

func (s State) checkSeats(seats, inUse int64, now time.Time) error {
	switch {
	case seats == s.Seats:
		return nil
	case !s.Terms.AllowsSeats(seats):
		return seatsOutOfRange("/seats", s.Terms)
	case seats < s.Seats && seats < inUse:
		return s.seatsInUse(now, seats, inUse)
	case seats < s.Seats && s.Cancellation != nil:
		return s.conflict(now, "invalid_transition", "the subscription ends, so that fewer seats have nothing to wait for")
	case seats > s.Seats && s.PendingChange != nil && !s.reduces() && !s.PendingChange.Terms.AllowsSeats(seats):
		return s.conflict(now, "pending_change_conflict", "price %s, which begins with the next period, does not allow %d seats",
			s.PendingChange.Terms.Price, seats)
	}
	return nil
}

// moreSeats are a line of their own, beside those in force.
func (s State) moreSeats(seats int64, change string, at time.Time) (Update, error) {
	return s.priced(Update{
		Change: change, Kind: ChangeOfSeats, Reason: ReasonChange, Terms: s.Terms, Seats: seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}, pricing.LineKindSeats, nil, s.Discount.current())
}
