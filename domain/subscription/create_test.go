package subscription

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// createdNow is a subscription begun now in UTC and day mode.
func createdNow(t pricing.Terms, seats int64) Created {
	return Created{
		ID: "1", Status: StatusActive, Terms: t, Seats: seats, Collection: CollectionSendInvoice, DaysUntilDue: 30, TimeZone: "UTC",
		Anchor:        period.Anchor{Date: period.Date{Year: 2026, Month: 1, Day: 31}},
		CurrentPeriod: period.Period{Start: now, End: day(2026, 2, 28)},
	}
}

func create3(change func(*Create)) Create {
	command := Create{
		Billing: bill1, ID: "1", Price: pro.Price, Terms: pro, Seats: 3, SeatsInUse: 3, Collection: CollectionSendInvoice,
	}
	change(&command)
	return command
}

func nothing(*Create) {}

// thenCreated expects a subscription with its first bill's total.
func thenCreated(t *testing.T, change func(*Create), want Created, total string) {
	t.Helper()
	events, err := Decide(State{}, create3(change), spec.Meta)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 || !reflect.DeepEqual(events[0], domain.Event(want)) {
		t.Fatalf("%+v\nwant %+v", events, want)
	}
	billed := events[1].(Billed)
	if billed.Bill.Total.Plain() != total || billed.Period != want.CurrentPeriod || billed.Reason != ReasonCreate {
		t.Errorf("billed %+v, want %s", billed, total)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	t.Run("by its defaults", func(t *testing.T) {
		t.Parallel()
		thenCreated(t, nothing, createdNow(pro, 3), "30.00")
	})
	t.Run("due at once", func(t *testing.T) {
		t.Parallel()
		due := createdNow(pro, 3)
		due.DaysUntilDue = 0
		thenCreated(t, func(c *Create) { c.DaysUntilDue = new(0) }, due, "30.00")
	})
	t.Run("already the next day in Auckland", func(t *testing.T) {
		t.Parallel()
		auckland := createdNow(pro, 3)
		auckland.TimeZone = "Pacific/Auckland"
		auckland.Anchor.Date = period.Date{Year: 2026, Month: 2, Day: 1}
		auckland.CurrentPeriod.End = time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC)
		thenCreated(t, func(c *Create) { c.TimeZone = new("Pacific/Auckland") }, auckland, "30.00")
	})
	t.Run("by second", func(t *testing.T) {
		t.Parallel()
		bySecond := with(pro, func(t *pricing.Terms) { t.Proration = period.ProrationSecond })
		second := createdNow(bySecond, 3)
		second.Anchor = period.AnchorAt(now, time.UTC, period.ProrationSecond)
		second.CurrentPeriod.End = time.Date(2026, 2, 28, 12, 0, 0, 123456000, time.UTC)
		thenCreated(t, func(c *Create) { c.Terms = bySecond }, second, "30.00")
	})
	t.Run("with a coupon", func(t *testing.T) {
		t.Parallel()
		discounted := createdNow(pro, 3)
		discounted.Discount = &half
		thenCreated(t, func(c *Create) { c.Coupon, c.Discount = &half.Coupon, &half }, discounted, "15.00")
	})
	t.Run("after one that ended", func(t *testing.T) {
		t.Parallel()
		ended := Evolve(Evolve(State{}, createdNow(pro, 3)), Canceled{CanceledAt: now})
		again := createdNow(pro, 3)
		again.ID, again.Previous = "2", new("1")
		events, err := Decide(ended, create3(func(c *Create) { c.ID = "2" }), spec.Meta)
		if err != nil || !reflect.DeepEqual(events[0], domain.Event(again)) {
			t.Errorf("again: %+v, %v", events, err)
		}
	})
}

func TestCreateWithBillingAnchor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, anchor string
		end          time.Time
		stub         bool
		total        string
	}{
		{"UTC", "2026-02-01", day(2026, 2, 1), true, "0.97"},   // 1 of 31 days
		{"UTC", "2026-02-28", day(2026, 2, 28), true, "27.10"}, // 28 of 31 days
		{"Pacific/Auckland", "2026-02-02", time.Date(2026, 2, 1, 11, 0, 0, 0, time.UTC), true, "0.97"},
		{"Pacific/Auckland", "2026-03-01", time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC), false, "30.00"}, // a whole month
	} {
		t.Run(tt.anchor+" in "+tt.zone, func(t *testing.T) {
			t.Parallel()
			want := createdNow(pro, 3)
			want.TimeZone, want.CurrentPeriod.End, want.Stub = tt.zone, tt.end, tt.stub
			want.Anchor.Date, _ = period.ParseDate(tt.anchor)
			thenCreated(t, func(c *Create) { c.TimeZone, c.BillingAnchor = &tt.zone, &tt.anchor }, want, tt.total)
		})
	}
	for _, anchor := range []string{"", "tomorrow", "2026-02-29", "2026-01-30", "2026-03-01", "2027-02-01", "0000-01-01"} {
		t.Run("refused: "+anchor, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(create3(func(c *Create) { c.BillingAnchor = &anchor })).ThenRejected(t, "billing_anchor_invalid")
		})
	}
	t.Run("today, where the first period begins anyway", func(t *testing.T) {
		t.Parallel()
		thenCreated(t, func(c *Create) { c.BillingAnchor = new("2026-01-31") }, createdNow(pro, 3), "30.00")
	})
	t.Run("within a year, which is one interval too", func(t *testing.T) {
		t.Parallel()
		yearly := createdNow(proYear, 3)
		yearly.Anchor.Date, yearly.CurrentPeriod.End, yearly.Stub = period.Date{Year: 2027, Month: 1, Day: 1}, day(2027, 1, 1), true
		thenCreated(t, func(c *Create) { c.Terms, c.BillingAnchor = proYear, new("2027-01-01") }, yearly, "275.34") // 335 of 365
	})
}

func TestCreateIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(*Create)
		code    string
		pointer string
	}{
		"no seats":       {func(c *Create) { c.Seats = 0 }, "seats_out_of_range", "/seats"},
		"few seats":      {func(c *Create) { c.Seats = 1 }, "seats_out_of_range", "/seats"},
		"many seats":     {func(c *Create) { c.Seats = 101 }, "seats_out_of_range", "/seats"},
		"no collection":  {func(c *Create) { c.Collection = "" }, "collection_invalid", "/collection"},
		"payment method": {func(c *Create) { c.PaymentMethod = new("pm") }, "payment_method_not_found", "/payment_method"},
		"coupon":         {func(c *Create) { c.Coupon = new("half") }, "coupon_not_found", "/coupon"},
		"euro coupon":    {func(c *Create) { c.Coupon, c.Discount = new("e"), euroOff() }, "currency_mismatch", "/coupon"},
		"due before":     {func(c *Create) { c.DaysUntilDue = new(-1) }, "days_until_due_invalid", "/days_until_due"},
		"due in years":   {func(c *Create) { c.DaysUntilDue = new(366) }, "days_until_due_invalid", "/days_until_due"},
		"zone":           {func(c *Create) { c.TimeZone = new("Local") }, "time_zone_unknown", "/time_zone"},
		"empty zone":     {func(c *Create) { c.TimeZone = new("") }, "time_zone_unknown", "/time_zone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rejection := spec.Given().When(create3(tt.change)).ThenRejected(t, tt.code)
			if len(rejection.Fields) != 1 || rejection.Fields[0].Pointer != tt.pointer || rejection.Kind != domain.KindInvalid {
				t.Errorf("%s, fields %+v, want %s", rejection.Kind, rejection.Fields, tt.pointer)
			}
		})
	}
	t.Run("all fields at once", func(t *testing.T) {
		t.Parallel()
		all := spec.Given().When(Create{ID: "1", Terms: pro, TimeZone: new("x"), DaysUntilDue: new(999), Coupon: new("")}).
			ThenRejected(t, "seats_out_of_range")
		if len(all.Fields) != 5 {
			t.Errorf("fields %+v", all.Fields)
		}
	})
	t.Run("subscription_exists", func(t *testing.T) {
		t.Parallel()
		exists := spec.Given(createdNow(pro, 3)).When(create3(nothing)).ThenRejected(t, "subscription_exists")
		if len(exists.Actions) == 0 || exists.Actions[0] != ActionUpgrade {
			t.Errorf("actions %v", exists.Actions)
		}
	})
	t.Run("seats_in_use", func(t *testing.T) {
		t.Parallel()
		used := spec.Given().When(create3(func(c *Create) { c.SeatsInUse = 4 })).ThenRejected(t, "seats_in_use")
		if want := map[string]any{"in_use": int64(4), "requested": int64(3)}; !reflect.DeepEqual(used.Details, want) {
			t.Errorf("details %v, want %v", used.Details, want)
		}
	})
	// What no client can cause is no refusal.
	for name, command := range map[string]Create{
		"no id": {Terms: pro}, "no terms": {ID: "1"}, "no interval": create3(func(c *Create) { c.Terms.IntervalCount = 0 }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decide(State{}, command, spec.Meta); err == nil || errors.As(err, new(*domain.Rejection)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func euroOff() *pricing.Discount {
	off, err := money.FromMinor("EUR", 100)
	if err != nil {
		panic(err)
	}
	return &pricing.Discount{Coupon: "e", AmountOff: &off, Duration: pricing.DurationOnce}
}
