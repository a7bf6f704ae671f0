package subscription

import (
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Decide judges a command on a workspace's subscription. A refusal is a *[domain.Rejection] with a code named at the
// leaf; conflicts of the state say which actions it does allow.
func Decide(s State, command Command, meta domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case Create:
		return create(s, c, meta.Now)
	case Upgrade:
		return upgrade(s, c, meta.Now)
	case ChangeSeats:
		return changeSeats(s, c, meta.Now)
	}
	return nil, fmt.Errorf("subscription has no command %T", command)
}

// upgrade is refused with no_subscription, no_change, currency_mismatch, not_an_upgrade, or seats_out_of_range when the
// present number of seats can't be had at the new price. The seats, the collection and the time zone stay.
func upgrade(s State, c Upgrade, now time.Time) ([]domain.Event, error) {
	if !s.Live() {
		return nil, noSubscription()
	}
	switch change := pricing.CompareTerms(s.Terms, c.Terms); {
	case change == pricing.ChangeCurrent:
		return nil, domain.InvalidField("/price", "no_change", "the subscription is at price %s already", c.Terms.Price)
	case s.Terms.Currency != c.Terms.Currency:
		return nil, s.conflict(now, "currency_mismatch", "the subscription is in %s and price %s in %s",
			s.Terms.Currency, c.Terms.Price, c.Terms.Currency)
	case change != pricing.ChangeUpgrade:
		return nil, s.conflict(now, "not_an_upgrade",
			"price %s has neither a higher tier than %s nor the same tier and a longer interval", c.Terms.Price, s.Terms.Price)
	case !c.Terms.AllowsSeats(s.Seats):
		return nil, seatsOutOfRange("/price", c.Terms)
	}
	event := Upgraded{
		ID: s.ID, From: s.Terms.Price, Terms: c.Terms, EffectiveAt: now,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}
	if s.Terms.Cycle().Months() == c.Terms.Cycle().Months() {
		// The grain of boundaries can't change in the middle of a period, so it stays as long as the anchor does.
		event.Terms.Proration = s.Terms.Proration
		return []domain.Event{event}, nil
	}
	begun, err := begin(now, c.Terms, s.TimeZone)
	if err != nil {
		return nil, err
	}
	event.Anchor, event.CurrentPeriod, event.Stub = begun.anchor, begun.period, false
	return []domain.Event{event}, nil
}

// changeSeats is refused with no_subscription, seats_out_of_range, seats_in_use, or seats_not_increased: fewer seats wait
// for the period's end, and that can't be asked for yet. The present number is no change.
func changeSeats(s State, c ChangeSeats, now time.Time) ([]domain.Event, error) {
	switch {
	case !s.Live():
		return nil, noSubscription()
	case c.Seats == s.Seats:
		return nil, nil
	case !s.Terms.AllowsSeats(c.Seats):
		return nil, seatsOutOfRange("/seats", s.Terms)
	case c.Seats < s.Seats && c.Seats < c.SeatsInUse:
		return nil, s.seatsInUse(now, c.Seats, c.SeatsInUse)
	case c.Seats < s.Seats:
		return nil, domain.InvalidField("/seats", "seats_not_increased", "seats must be more than the present %d", s.Seats)
	}
	return []domain.Event{SeatsChanged{ID: s.ID, From: s.Seats, To: c.Seats, EffectiveAt: now}}, nil
}

func noSubscription() error {
	return domain.NotFound("no_subscription", "the workspace has no subscription")
}

func seatsOutOfRange(pointer string, terms pricing.Terms) *domain.Rejection {
	most := int64(pricing.SeatsMax)
	if terms.MaxSeats != nil {
		most = *terms.MaxSeats
	}
	return domain.InvalidField(pointer, "seats_out_of_range", "price %s takes %d to %d seats", terms.Price, max(terms.MinSeats, 1), most)
}

func (s State) seatsInUse(now time.Time, requested, inUse int64) error {
	rejection := s.conflict(now, "seats_in_use", "%d seats are in use, more than the %d asked for", inUse, requested)
	return rejection.With("in_use", inUse).With("requested", requested)
}

// conflict refuses what this state does not allow and says what it does.
func (s State) conflict(now time.Time, code, format string, args ...any) *domain.Rejection {
	rejection := domain.Conflict(code, format, args...)
	rejection.Actions = s.AvailableActions(now)
	return rejection
}

var errIncomplete = errors.New("a subscription needs an id and terms")
