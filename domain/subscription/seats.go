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
	if s.PendingChange.changesPrice() {
		waiting := *s.PendingChange
		waiting.Kind, waiting.Seats = ChangeOfPrice, e.To // the price that waits goes on alone
		s.PendingChange = &waiting
	}
	return s
}

func (ChangeSeats) action() string { return actionOfRule }

// decide refuses with invalid_transition, change_in_progress, quote_mismatch, quote_expired,
// quote_stale, seats_out_of_range, amount_out_of_range, seats_in_use, or pending_change_conflict when the price that waits
// allows fewer. More seats come at once and are billed for the rest of the period; fewer wait for its end, so that the
// number charged is always the period's highest. The present number, and any more, takes back fewer seats that wait.
func (c ChangeSeats) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.allowSeats(c.Seats, meta.Now); err != nil {
		return nil, err
	}
	at, err := s.pinned(c.Quote, c.Version, s.Terms.Price, c.Seats, meta.Now)
	if err != nil {
		return nil, err
	}
	if err := s.checkSeats(c.Seats, c.SeatsInUse, meta.Now); err != nil {
		return nil, err
	}
	change := c.Quote.change(c.Change)
	switch {
	case s.Status == StatusTrialing:
		return s.seatsEvents(c.Seats, meta.Now), nil
	case c.Seats <= s.Seats && change == "":
		return nil, errIncomplete
	case c.Seats <= s.Seats:
		return s.scheduleEvents(change, s.nextTerms(), c.Seats), nil
	}
	update, err := s.taxedBy(c.Quote).seatsUpdate(c.Seats, change, at)
	if err != nil {
		return nil, err
	}
	update.Quote = c.Quote.token()
	return s.carryOutEvents(update, c.Billing, meta.Now, s.CurrentPeriod.End)
}

// RemoveUnusedSeats asks for as many seats as are in use, or the fewest that the price allows which there will be.
type RemoveUnusedSeats struct {
	Change     string
	SeatsInUse int64
}

func (RemoveUnusedSeats) action() string { return ActionRemoveUnusedSeats }

func (c RemoveUnusedSeats) decide(s State, meta domain.Meta) ([]Fact, error) {
	seats := min(max(c.SeatsInUse, s.nextTerms().MinSeats), s.Seats)
	return ChangeSeats{Billing: Billing{Change: c.Change}, Seats: seats, SeatsInUse: c.SeatsInUse}.decide(s, meta)
}

// allowSeats refuses what the state does not allow. Fewer are allowed as the removal of unused ones is.
func (s State) allowSeats(seats int64, now time.Time) error {
	if err := s.refuse(ActionChangeSeats, now); err != nil || seats >= s.Seats {
		return err
	}
	return s.refuse(ActionRemoveUnusedSeats, now)
}

func (s State) checkSeats(seats, inUse int64, now time.Time) error {
	terms := s.Terms
	if seats < s.Seats {
		terms = s.nextTerms() // they are only charged at the price that there will be
	}
	if seats != s.Seats {
		if err := s.checkPrice("/seats", terms, seats); err != nil {
			return err
		}
	}
	switch {
	case seats < s.Seats && seats < inUse:
		return s.seatsInUse(now, seats, inUse)
	case seats >= s.Seats && !s.nextTerms().AllowsSeats(seats) && s.PendingChange.changesPrice():
		return s.conflict(now, "pending_change_conflict", "price %s, which begins with the next period, does not allow %d seats",
			s.PendingChange.Terms.Price, seats)
	case seats > s.Seats && s.PendingChange.changesPrice():
		return s.checkBill("/seats", s.nextTerms(), seats)
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

// checkPrice refuses seats that a price does not have, or that cost too much, with seats_out_of_range or amount_out_of_range.
func (s State) checkPrice(pointer string, terms pricing.Terms, seats int64) error {
	if !terms.AllowsSeats(seats) {
		return seatsOutOfRange(pointer, terms)
	}
	return s.checkBill(pointer, terms, seats)
}

// checkBill refuses terms whose full period costs more than an amount can be, so that no renewal meets it.
func (s State) checkBill(pointer string, terms pricing.Terms, seats int64) error {
	bill, err := s.Tax.Over(terms).Bill(seats)
	if err != nil {
		return err
	}
	if money.Check(bill) != nil {
		return domain.InvalidField(pointer, "amount_out_of_range", "%d seats at price %s cost %s for a period, with tax; %s",
			seats, terms.Price, bill.Total, money.RangeRule)
	}
	return nil
}

// CheckTax refuses with amount_out_of_range a tax, which the state has, by which a bill to come would cost too much.
func (s State) CheckTax(pointer string) error {
	if !s.Live() {
		return nil
	}
	if err := s.checkBill(pointer, s.Terms, s.Seats); err != nil {
		return err
	}
	if u := s.PendingUpdate; u != nil {
		if err := s.checkBill(pointer, u.Terms, u.Seats); err != nil {
			return err
		}
	}
	return s.checkBill(pointer, s.nextTerms(), s.nextSeats(s.Seats))
}

func seatsOutOfRange(pointer string, terms pricing.Terms) *domain.Rejection {
	most := domain.Or(terms.MaxSeats, pricing.SeatsMax)
	return domain.InvalidField(pointer, "seats_out_of_range", "price %s takes %d to %d seats", terms.Price, max(terms.MinSeats, 1), most)
}

func (s State) seatsInUse(now time.Time, requested, inUse int64) error {
	rejection := s.conflict(now, "seats_in_use", "%d seats are in use, more than the %d asked for", inUse, requested)
	return rejection.With("in_use", inUse).With("requested", requested)
}
