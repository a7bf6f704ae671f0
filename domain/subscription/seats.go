package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// ChangeSeats asks for a new total of seats: more at once, fewer at the period's end.
type ChangeSeats struct {
	Billing
	Seats      int64
	SeatsInUse int64
	Quote      *Quote
	Version    int64
}

// SeatsChanged buys another number of seats.
type SeatsChanged struct {
	ID          string    `json:"id"`
	From        int64     `json:"from"`
	To          int64     `json:"to"`
	EffectiveAt time.Time `json:"effective_at"`
}

// EventType gives the stored name.
func (SeatsChanged) EventType() string { return "subscription.seats_changed.v1" }

func (e SeatsChanged) evolve(s State) State {
	s.Seats = e.To
	if s.PendingChange != nil && !s.reduces() {
		waiting := *s.PendingChange
		waiting.Seats = e.To // a change of the price keeps the seats that there are by then
		s.PendingChange = &waiting
	}
	return s
}

func (ChangeSeats) action() string { return ActionChangeSeats }

// decide refuses with quote_mismatch, quote_expired, quote_stale, seats_out_of_range, seats_in_use, or
// pending_change_conflict when what waits for the period's end allows fewer. More seats come at once and are billed for
// the rest of the period; fewer wait for its end, so that the number charged is always the period's highest. The present
// number, and any more, takes a decrease back that waits.
func (c ChangeSeats) decide(s State, meta domain.Meta) ([]Fact, error) {
	at, err := s.pinned(c.Quote, c.Version, s.Terms.Price, c.Seats, meta.Now)
	if err != nil {
		return nil, err
	}
	if err := s.checkSeats(c.Seats, c.SeatsInUse, meta.Now); err != nil {
		return nil, err
	}
	change := c.Quote.change(c.Change)
	switch {
	case c.Seats == s.Seats && s.reduces():
		return []Fact{s.unscheduledEvent(UnscheduledCanceled)}, nil
	case c.Seats == s.Seats:
		return nil, nil
	case s.Status == StatusTrialing:
		return []Fact{SeatsChanged{ID: s.ID, From: s.Seats, To: c.Seats, EffectiveAt: meta.Now}}, nil
	case c.Seats < s.Seats && change == "":
		return nil, errIncomplete
	case c.Seats < s.Seats:
		return s.scheduleEvents(PendingChange{
			Change: change, Kind: ChangeOfSeats, Terms: s.Terms, Seats: c.Seats, EffectiveAt: s.CurrentPeriod.End,
		}), nil
	}
	update, err := s.seatsUpdate(c.Seats, change, at)
	if err != nil {
		return nil, err
	}
	update.Quote = c.Quote.token()
	return s.carryOutEvents(update, c.Billing, meta.Now, s.CurrentPeriod.End)
}

// RemoveUnusedSeats asks for as many seats as are in use, or the fewest that the price allows.
type RemoveUnusedSeats struct {
	Change     string
	SeatsInUse int64
}

func (RemoveUnusedSeats) action() string { return ActionRemoveUnusedSeats }

func (c RemoveUnusedSeats) decide(s State, meta domain.Meta) ([]Fact, error) {
	seats := min(max(c.SeatsInUse, s.Terms.MinSeats), s.Seats)
	return ChangeSeats{Billing: Billing{Change: c.Change}, Seats: seats, SeatsInUse: c.SeatsInUse}.decide(s, meta)
}

// reduces reports whether fewer seats wait for the period's end.
func (s State) reduces() bool { return s.PendingChange != nil && s.PendingChange.Kind == ChangeOfSeats }

func (s State) checkSeats(seats, inUse int64, now time.Time) error {
	if seats == s.Seats {
		return nil
	}
	if err := checkSeats("/seats", s.Terms, seats); err != nil {
		return err
	}
	switch {
	case seats < s.Seats && seats < inUse:
		return s.seatsInUse(now, seats, inUse)
	case seats < s.Seats && s.Cancellation != nil:
		return s.conflict(now, "invalid_transition", "the subscription ends, so that fewer seats have nothing to wait for")
	case seats > s.Seats && s.PendingChange != nil && !s.reduces() && !s.PendingChange.Terms.AllowsSeats(seats):
		return s.conflict(now, "pending_change_conflict", "price %s, which begins with the next period, does not allow %d seats",
			s.PendingChange.Terms.Price, seats)
	case seats > s.Seats && s.PendingChange != nil && !s.reduces():
		return checkBill("/seats", s.PendingChange.Terms, seats)
	}
	return nil
}

// seatsUpdate charges more seats by a line of their own, beside those in force.
func (s State) seatsUpdate(seats int64, change string, at time.Time) (Update, error) {
	return s.priced(Update{
		Change: change, Kind: ChangeOfSeats, Reason: ReasonChange, Terms: s.Terms, Seats: seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}, pricing.LineKindSeats, nil, s.Discount.current())
}

// checkSeats refuses with seats_out_of_range or amount_out_of_range.
func checkSeats(pointer string, terms pricing.Terms, seats int64) error {
	if !terms.AllowsSeats(seats) {
		return seatsOutOfRange(pointer, terms)
	}
	return checkBill(pointer, terms, seats)
}

// checkBill refuses terms whose full period costs more than an amount can be, so that no renewal meets it.
func checkBill(pointer string, terms pricing.Terms, seats int64) error {
	bill, err := terms.Bill(seats)
	if err != nil {
		return err
	}
	if money.Check(bill) != nil {
		return domain.InvalidField(pointer, "amount_out_of_range", "%d seats at price %s cost %s for a period, with tax; %s",
			seats, terms.Price, bill.Total, money.RangeRule)
	}
	return nil
}

func seatsOutOfRange(pointer string, terms pricing.Terms) *domain.Rejection {
	most := domain.Or(terms.MaxSeats, pricing.SeatsMax)
	return domain.InvalidField(pointer, "seats_out_of_range", "price %s takes %d to %d seats", terms.Price, max(terms.MinSeats, 1), most)
}

func (s State) seatsInUse(now time.Time, requested, inUse int64) error {
	rejection := s.conflict(now, "seats_in_use", "%d seats are in use, more than the %d asked for", inUse, requested)
	return rejection.With("in_use", inUse).With("requested", requested)
}
