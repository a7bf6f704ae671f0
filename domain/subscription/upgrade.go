package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Upgrade changes to a price of a higher tier, or of the same tier and a longer interval, at once.
type Upgrade struct {
	Billing
	Price      string
	Terms      pricing.Terms
	SeatsInUse int64
	Quote      *Quote
	Version    int64
}

// Upgraded carries the new terms, and anchor and period as they are from now on: new ones if the interval changed, else
// those before.
type Upgraded struct {
	ID            string        `json:"id"`
	From          string        `json:"from"` // the price before
	Terms         pricing.Terms `json:"terms"`
	EffectiveAt   time.Time     `json:"effective_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
}

// EventType gives the stored name.
func (Upgraded) EventType() string { return "subscription.upgraded.v1" }

func (e Upgraded) evolve(s State) State {
	begins := s.beginsPeriod(e.Terms)
	s.Terms = e.Terms
	if begins {
		return s.withPeriod(e.Anchor, e.CurrentPeriod, e.Stub)
	}
	s.Anchor, s.CurrentPeriod, s.Stub = e.Anchor, e.CurrentPeriod, e.Stub
	return s
}

func (Upgrade) action() string { return ActionUpgrade }

// decide refuses with quote_mismatch, quote_expired, quote_stale, no_change, currency_mismatch, not_an_upgrade,
// invalid_transition when the new period would pass the subscription's end, or seats_out_of_range or amount_out_of_range
// when its seats can't be had at the new price. The seats, the collection and the time zone stay, except that a new period
// begins with the fewer seats that wait for it. In a trial it is free.
func (c Upgrade) decide(s State, meta domain.Meta) ([]Fact, error) {
	seats := s.upgradeSeats(c.Terms, c.SeatsInUse)
	at, err := s.pinned(c.Quote, c.Version, c.Terms.Price, seats, meta.Now)
	if err != nil {
		return nil, err
	}
	if err := s.checkUpgrade(c.Terms, seats, meta.Now); err != nil {
		return nil, err
	}
	if s.Status == StatusTrialing {
		return s.trialPriceEvents(c.Terms, c.Change, meta.Now)
	}
	update, err := s.taxedBy(c.Quote).upgradeUpdate(c.Terms, seats, c.Quote.change(c.Change), at)
	if err != nil {
		return nil, err
	}
	update.Quote = c.Quote.token()
	return s.carryOutEvents(update, c.Billing, meta.Now, s.CurrentPeriod.End)
}

func (s State) checkUpgrade(terms pricing.Terms, seats int64, now time.Time) error {
	if err := s.checkTerms(now, terms); err != nil {
		return err
	}
	if pricing.CompareTerms(s.Terms, terms) != pricing.ChangeUpgrade {
		return s.conflict(now, "not_an_upgrade",
			"price %s has neither a higher tier than %s nor the same tier and a longer interval", terms.Price, s.Terms.Price)
	}
	return s.checkPrice("/price", terms, seats)
}

// upgradeSeats gives the seats that an upgrade is charged for.
func (s State) upgradeSeats(terms pricing.Terms, inUse int64) int64 {
	if s.beginsPeriod(terms) && s.keepsSeats(terms) {
		return s.nextSeats(inUse)
	}
	return s.Seats
}

// keepsSeats reports whether fewer seats wait that an upgrade to these terms can have.
func (s State) keepsSeats(terms pricing.Terms) bool {
	return s.PendingChange.changesSeats() && s.checkPrice("", terms, s.PendingChange.Seats) == nil
}

// upgradeEvents drop the price that waits; fewer seats come with a new period, and else go on waiting.
func (s State) upgradeEvents(u Update) []Fact {
	var events []Fact
	if s.PendingChange != nil {
		events = append(events, s.unscheduledEvent(UnscheduledSuperseded))
	}
	events = append(events, Upgraded{
		ID: s.ID, From: s.Terms.Price, Terms: u.Terms, EffectiveAt: u.EffectiveAt,
		Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod, Stub: u.Stub,
	})
	if s.beginsPeriod(u.Terms) || !s.keepsSeats(u.Terms) {
		return append(events, s.seatsEvents(u.Seats, u.EffectiveAt)...)
	}
	waiting := *s.PendingChange
	waiting.Kind, waiting.Terms = ChangeOfSeats, u.Terms
	return append(events, ChangeScheduled{ID: s.ID, PendingChange: waiting})
}

// checkTerms refuses with no_change, currency_mismatch or family_mismatch.
func (s State) checkTerms(now time.Time, terms pricing.Terms) error {
	switch {
	case terms.Price == "":
		return errIncomplete
	case terms.Price == s.Terms.Price:
		return domain.InvalidField("/price", "no_change", "the subscription is at price %s already", terms.Price)
	case s.Terms.Currency != terms.Currency:
		return s.conflict(now, "currency_mismatch", "the subscription is in %s and price %s in %s",
			s.Terms.Currency, terms.Price, terms.Currency)
	case s.Status == StatusTrialing && s.Terms.Family != terms.Family:
		return s.conflict(now, "family_mismatch", "the trial is of the family %s, and price %s of %s",
			s.Terms.Family, terms.Price, terms.Family)
	}
	return nil
}

// upgradeUpdate changes the price at an instant of the current period: all that is in force ends, and the rest of the
// period is charged at the new price, or with another interval a new period.
func (s State) upgradeUpdate(terms pricing.Terms, seats int64, change string, at time.Time) (Update, error) {
	update := Update{
		Change: change, Kind: ChangeUpgrade, Reason: ReasonChange, Terms: terms, Seats: seats, EffectiveAt: at,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}
	discount := s.Discount
	if s.beginsPeriod(terms) {
		begun, err := begin(at, terms, s.TimeZone)
		if err != nil {
			return update, err
		}
		if err := s.checkEnd(begun.period.End, at); err != nil {
			return update, err
		}
		update.Anchor, update.CurrentPeriod, update.Stub, discount = begun.anchor, begun.period, false, discount.next(at)
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

// checkEnd refuses a period that would pass the subscription's end.
func (s State) checkEnd(end, now time.Time) error {
	if s.Cancellation == nil || !end.After(s.Cancellation.At) {
		return nil
	}
	return s.conflict(now, "invalid_transition", "a new period would end at %s, after the subscription, which ends at %s",
		end.Format(time.RFC3339), s.Cancellation.At.Format(time.RFC3339))
}
