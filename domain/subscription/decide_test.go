package subscription

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	now  = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)
	spec = domain.Spec[State, Command]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}

	pro      = terms("pro-monthly", 20, period.IntervalMonth, 1)
	business = terms("business-monthly", 30, period.IntervalMonth, 1)
	proYear  = terms("pro-yearly", 20, period.IntervalYear, 1)
)

func terms(price string, tier int, interval period.Interval, count int) pricing.Terms {
	return pricing.Terms{
		Price: price, Product: "pro", Family: "main", Tier: tier, Currency: "USD", Interval: interval, IntervalCount: count,
		Scheme: pricing.SchemePerUnit, UnitAmount: "10.00", MinSeats: 2, MaxSeats: new(int64(100)), TaxRate: "0",
		TaxBehavior: pricing.TaxBehaviorExclusive, Proration: period.ProrationDay, GuestsPerSeat: 5,
	}
}

func with(t pricing.Terms, change func(*pricing.Terms)) pricing.Terms {
	change(&t)
	return t
}

// created is a subscription begun now in UTC and day mode.
func created(t pricing.Terms, seats int64) Created {
	return Created{
		ID: "1", Status: StatusActive, Terms: t, Seats: seats, Collection: CollectionSendInvoice, DaysUntilDue: 30, TimeZone: "UTC",
		Anchor:        period.Anchor{Date: period.Date{Year: 2026, Month: 1, Day: 31}},
		CurrentPeriod: period.Period{Start: now, End: day(2026, 2, 28)},
	}
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func create3(change func(*Create)) Create {
	command := Create{ID: "1", Price: pro.Price, Terms: pro, Seats: 3, SeatsInUse: 3, Collection: CollectionSendInvoice}
	change(&command)
	return command
}

func nothing(*Create) {}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	begun := created(pro, 3)
	begun.CurrentPeriod.Start = now.Add(-48 * time.Hour)
	upgraded := Upgraded{ID: "1", From: pro.Price, Terms: business, EffectiveAt: now, Anchor: begun.Anchor, CurrentPeriod: begun.CurrentPeriod}
	spec.Given(begun).When(Upgrade{Terms: business}).Then(t, upgraded)

	// A longer interval begins a new period and anchor, and so does any other interval at a higher tier.
	restarted := upgraded
	restarted.Terms = proYear
	restarted.Anchor, restarted.CurrentPeriod = created(pro, 3).Anchor, period.Period{Start: now, End: day(2027, 1, 31)}
	stub := begun
	stub.Stub = true
	spec.Given(stub).When(Upgrade{Terms: proYear}).Then(t, restarted)
	businessMonth := restarted
	businessMonth.From, businessMonth.Terms, businessMonth.CurrentPeriod.End = proYear.Price, business, day(2026, 2, 28)
	yearly := begun
	yearly.Terms = proYear
	spec.Given(yearly).When(Upgrade{Terms: business}).Then(t, businessMonth)

	// The rest of a stub stays one, and the grain of boundaries stays with the period.
	bySecond := with(business, func(t *pricing.Terms) { t.Proration = period.ProrationSecond })
	kept := upgraded
	kept.Stub = true
	spec.Given(stub).When(Upgrade{Terms: bySecond}).Then(t, kept)
}

func TestUpgradeIsRefused(t *testing.T) {
	t.Parallel()
	given := spec.Given(created(pro, 3))
	spec.Given().When(Upgrade{Terms: business}).ThenRejected(t, "no_subscription")
	same := given.When(Upgrade{Terms: pro}).ThenRejected(t, "no_change")
	if same.Kind != domain.KindInvalid || same.Fields[0].Pointer != "/price" {
		t.Errorf("no change: %+v", same)
	}
	given.When(Upgrade{Terms: terms("pro-other", 20, period.IntervalMonth, 1)}).ThenRejected(t, "not_an_upgrade")
	given.When(Upgrade{Terms: terms("basic-yearly", 10, period.IntervalYear, 1)}).ThenRejected(t, "not_an_upgrade")
	lower := spec.Given(created(proYear, 3)).When(Upgrade{Terms: pro}).ThenRejected(t, "not_an_upgrade")
	if want := []string{"upgrade", "change_seats"}; lower.Kind != domain.KindConflict || !reflect.DeepEqual(lower.Actions, want) {
		t.Errorf("%s with actions %v, want %v", lower.Kind, lower.Actions, want)
	}
	given.When(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Currency = "EUR" })}).ThenRejected(t, "currency_mismatch")
	given.When(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.MinSeats = 10 })}).ThenRejected(t, "seats_out_of_range")
	given.When(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.MinSeats, t.MaxSeats = 10, nil })}).
		ThenRejected(t, "seats_out_of_range")
}

func TestChangeSeats(t *testing.T) {
	t.Parallel()
	given := spec.Given(created(pro, 3))
	given.When(ChangeSeats{Seats: 5, SeatsInUse: 3}).Then(t, SeatsChanged{ID: "1", From: 3, To: 5, EffectiveAt: now})
	given.When(ChangeSeats{Seats: 100}).Then(t, SeatsChanged{ID: "1", From: 3, To: 100, EffectiveAt: now})
	given.When(ChangeSeats{Seats: 3, SeatsInUse: 3}).Then(t)
	// More seats are never wrong, even if they are still fewer than in use.
	given.When(ChangeSeats{Seats: 4, SeatsInUse: 6}).Then(t, SeatsChanged{ID: "1", From: 3, To: 4, EffectiveAt: now})

	spec.Given().When(ChangeSeats{Seats: 5}).ThenRejected(t, "no_subscription")
	for _, seats := range []int64{-1, 0, 1, 101} {
		given.When(ChangeSeats{Seats: seats}).ThenRejected(t, "seats_out_of_range")
	}
	given.When(ChangeSeats{Seats: 2, SeatsInUse: 2}).ThenRejected(t, "seats_not_increased")
	used := given.When(ChangeSeats{Seats: 2, SeatsInUse: 3}).ThenRejected(t, "seats_in_use")
	if want := map[string]any{"in_use": int64(3), "requested": int64(2)}; !reflect.DeepEqual(used.Details, want) {
		t.Errorf("details %v, want %v", used.Details, want)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	state := State{}
	if state.Live() || !reflect.DeepEqual(state.AvailableActions(now), []string{"create"}) {
		t.Errorf("nothing yet, but live %v and %v", state.Live(), state.AvailableActions(now))
	}
	upgraded := Upgraded{ID: "1", From: pro.Price, Terms: proYear, EffectiveAt: now, Anchor: created(pro, 3).Anchor,
		CurrentPeriod: period.Period{Start: now, End: day(2027, 1, 31)}}
	for _, event := range []domain.Event{created(pro, 3), SeatsChanged{ID: "1", From: 3, To: 7}, upgraded} {
		state = Evolve(state, event)
	}
	if !state.Live() || state.Seats != 7 || state.Terms.Price != proYear.Price || state.CurrentPeriod != upgraded.CurrentPeriod {
		t.Errorf("state %+v", state)
	}
	schedule, err := state.Schedule()
	if err != nil || schedule.Full(state.CurrentPeriod).End != state.CurrentPeriod.End {
		t.Errorf("schedule: %v, %v", schedule, err)
	}
	for _, s := range []State{state, {}} {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("%s came back as %+v, %v", data, back, err)
		}
	}
	if Stream("acme") != "subscription:acme" || Type.Name != Stream("acme").Type() {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
	if state.Size() <= 0 {
		t.Error("no size")
	}
}
