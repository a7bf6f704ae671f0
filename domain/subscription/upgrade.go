package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// upgrade is refused with quote_mismatch, quote_expired, quote_stale, no_change, currency_mismatch, not_an_upgrade, or
// seats_out_of_range when the present number of seats can't be had at the new price. The seats, the collection and the
// time zone stay. In a trial it is free.
func upgrade(s State, c Upgrade, now time.Time) ([]domain.Event, error) {
	at, err := s.pinned(c.Quote, c.Version, c.Terms.Price, s.Seats, now)
	if err != nil {
		return nil, err
	}
	if err := s.checkUpgrade(c.Terms, now); err != nil {
		return nil, err
	}
	if s.Status == StatusTrialing {
		return s.changeTrial(c.Terms, c.Change, now)
	}
	if c.Quote != nil {
		c.Change = c.Quote.Change
	}
	update, err := s.upgraded(c.Terms, c.Change, at)
	if err != nil {
		return nil, err
	}
	update.Quote = c.Quote.token()
	return s.carryOut(update, c.Billing, now, s.CurrentPeriod.End)
}

func (s State) checkUpgrade(terms pricing.Terms, now time.Time) error {
	if err := s.checkTerms(now, terms); err != nil {
		return err
	}
	if pricing.CompareTerms(s.Terms, terms) != pricing.ChangeUpgrade {
		return s.conflict(now, "not_an_upgrade",
			"price %s has neither a higher tier than %s nor the same tier and a longer interval", terms.Price, s.Terms.Price)
	}
	if !terms.AllowsSeats(s.Seats) {
		return seatsOutOfRange("/price", terms)
	}
	return nil
}

// upgraded is a change of the price at an instant of the current period: all that is in force ends, and the rest of the
// period is charged at the new price, or with another interval a new period.
func (s State) upgraded(terms pricing.Terms, change string, at time.Time) (Update, error) {
	update := Update{
		Change: change, Kind: ChangeUpgrade, Reason: ReasonChange, Terms: terms, Seats: s.Seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}
	discount := s.Discount
	if s.beginsPeriod(terms) {
		begun, err := begin(at, terms, s.TimeZone)
		if err != nil {
			return update, err
		}
		update.Anchor, update.CurrentPeriod, update.Stub, discount = begun.anchor, begun.period, false, discount.next()
	} else {
		// The grain of boundaries can't change in the middle of a period, so it stays as long as the anchor does.
		update.Terms.Proration = s.Terms.Proration
	}
	return s.priced(update, pricing.LineKindCharge, s.InForce, discount.current())
}

// beginsPeriod reports whether an upgrade to these terms begins a new period at once.
func (s State) beginsPeriod(terms pricing.Terms) bool {
	return s.Status != StatusTrialing && s.Terms.Cycle().Months() != terms.Cycle().Months()
}

func (q *Quote) token() string {
	if q == nil {
		return ""
	}
	return q.Token
}

// pinned is the instant that a change is priced at: that of its quote, or now. The quote's seats and price must be those
// that the stream had, so they only differ from what is asked for when the quote is for another kind of change.
func (s State) pinned(q *Quote, version int64, price string, seats int64, now time.Time) (time.Time, error) {
	mismatch := func() error {
		return domain.InvalidField("/quote", "quote_mismatch", "the quote is for %d seats at price %s", q.Seats, q.Price)
	}
	switch {
	case q == nil:
		return now, nil
	case price != s.Terms.Price && q.Price != price, price == s.Terms.Price && q.Seats != seats:
		return now, mismatch()
	case !now.Before(q.ExpiresAt):
		return now, &domain.Rejection{Kind: domain.KindGone, Code: "quote_expired",
			Message: "the quote expired at " + q.ExpiresAt.Format(time.RFC3339)}
	case q.Version != version:
		return now, s.conflict(now, "quote_stale", "the subscription has changed since the quote was made")
	case q.Price != price || q.Seats != seats:
		return now, mismatch()
	}
	return q.AsOf, nil
}

// downgrade is refused with no_change, currency_mismatch, not_a_downgrade or seats_out_of_range. It waits for the
// period's end, but not in a trial. What waited before is replaced.
func downgrade(s State, c Downgrade, now time.Time) ([]domain.Event, error) {
	if c.Change == "" {
		return nil, errIncomplete
	}
	if err := s.checkDowngrade(c.Terms, now); err != nil {
		return nil, err
	}
	if s.Status == StatusTrialing {
		return s.changeTrial(c.Terms, c.Change, now)
	}
	return s.schedule(PendingChange{
		Change: c.Change, Kind: ChangeDowngrade, Terms: c.Terms, Seats: s.Seats, EffectiveAt: s.CurrentPeriod.End,
	}), nil
}

func (s State) checkDowngrade(terms pricing.Terms, now time.Time) error {
	if err := s.checkTerms(now, terms); err != nil {
		return err
	}
	if pricing.CompareTerms(s.Terms, terms) != pricing.ChangeDowngrade {
		return s.conflict(now, "not_a_downgrade", "price %s is an upgrade from %s", terms.Price, s.Terms.Price)
	}
	if !terms.AllowsSeats(s.Seats) {
		return seatsOutOfRange("/price", terms)
	}
	return nil
}

// schedule lets a change wait, instead of another one; the same again changes nothing.
func (s State) schedule(change PendingChange) []domain.Event {
	var events []domain.Event
	if waiting := s.PendingChange; waiting != nil {
		if waiting.Kind == change.Kind && waiting.Terms.Price == change.Terms.Price && waiting.Seats == change.Seats {
			return nil
		}
		events = append(events, s.unscheduled(UnscheduledReplaced))
	}
	return append(events, ChangeScheduled{ID: s.ID, PendingChange: change})
}
