package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Downgrade changes to any other price at the period's end, and to fewer seats with it; in a trial at once.
type Downgrade struct {
	Change     string
	Price      string
	Terms      pricing.Terms
	Seats      *int64 // those that wait already, or else today's, when nil
	SeatsInUse int64
}

// Downgraded gives other terms from a period's beginning on, or at once in a trial.
type Downgraded struct {
	ID          string        `json:"id"`
	Change      string        `json:"change"`
	From        string        `json:"from"` // the price before
	Terms       pricing.Terms `json:"terms"`
	EffectiveAt time.Time     `json:"effective_at"`
}

// EventType gives the stored name.
func (Downgraded) EventType() string { return "subscription.downgraded.v1" }

func (e Downgraded) evolve(s State) State {
	s.Terms, s.PendingChange = e.Terms, nil
	return s
}

func (Downgrade) action() string { return ActionDowngrade }

// decide refuses with no_change, currency_mismatch, not_a_downgrade, seats_in_use, seats_out_of_range or
// amount_out_of_range. The change waits for the period's end, but not in a trial, and replaces the price that waited before.
func (c Downgrade) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Change == "" {
		return nil, errIncomplete
	}
	seats, err := s.checkDowngrade(c, meta.Now)
	if err != nil {
		return nil, err
	}
	if s.Status != StatusTrialing {
		return s.scheduleEvents(c.Change, c.Terms, seats), nil
	}
	events, err := s.trialPriceEvents(c.Terms, c.Change, meta.Now)
	return append(events, s.seatsEvents(seats, meta.Now)...), err
}

// checkDowngrade comes with the seats that there will be.
func (s State) checkDowngrade(c Downgrade, now time.Time) (seats int64, err error) {
	if err := s.checkTerms(now, c.Terms); err != nil {
		return 0, err
	}
	if pricing.CompareTerms(s.Terms, c.Terms) != pricing.ChangeDowngrade {
		return 0, s.conflict(now, "not_a_downgrade", "price %s is an upgrade from %s", c.Terms.Price, s.Terms.Price)
	}
	if c.Seats == nil {
		return s.keptSeats(c, now)
	}
	seats = *c.Seats
	if err := s.checkPrice("/seats", c.Terms, seats); err != nil {
		return 0, err
	}
	switch {
	case seats > s.Seats:
		return 0, domain.InvalidField("/seats", "seats_out_of_range", "a downgrade takes at most the present %d seats", s.Seats)
	case seats < c.SeatsInUse && seats < s.Seats:
		return 0, s.seatsInUse(now, seats, c.SeatsInUse)
	}
	return seats, nil
}

// keptSeats gives the seats that wait, or else today's, if the price has them. Those in use count too: they would be charged.
func (s State) keptSeats(c Downgrade, now time.Time) (int64, error) {
	seats := s.nextSeats(0)
	if err := s.checkPrice("/price", c.Terms, seats); err != nil {
		return 0, err
	}
	if !c.Terms.AllowsSeats(s.nextSeats(c.SeatsInUse)) {
		return 0, s.seatsInUse(now, seats, c.SeatsInUse)
	}
	return seats, nil
}
