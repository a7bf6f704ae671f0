package subscription

import (
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	spec.Given().When(create3(nothing)).Then(t, created(pro, 3))

	due := created(pro, 3)
	due.DaysUntilDue = 0
	spec.Given().When(create3(func(c *Create) { c.DaysUntilDue = new(0) })).Then(t, due)

	// Already the next day in Auckland.
	auckland := created(pro, 3)
	auckland.TimeZone = "Pacific/Auckland"
	auckland.Anchor.Date = period.Date{Year: 2026, Month: 2, Day: 1}
	auckland.CurrentPeriod.End = time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC)
	spec.Given().When(create3(func(c *Create) { c.TimeZone = new("Pacific/Auckland") })).Then(t, auckland)

	bySecond := with(pro, func(t *pricing.Terms) { t.Proration = period.ProrationSecond })
	second := created(bySecond, 3)
	second.Anchor = period.AnchorAt(now, time.UTC, period.ProrationSecond)
	second.CurrentPeriod.End = time.Date(2026, 2, 28, 12, 0, 0, 123456000, time.UTC)
	spec.Given().When(create3(func(c *Create) { c.Terms = bySecond })).Then(t, second)

	// After one that ended: the same stream, a new id.
	ended := Evolve(State{}, created(pro, 3))
	ended.Status = "canceled"
	again := created(pro, 3)
	again.ID, again.Previous = "2", new("1")
	events, err := Decide(ended, create3(func(c *Create) { c.ID = "2" }), spec.Meta)
	if err != nil || !reflect.DeepEqual(events, []domain.Event{again}) {
		t.Errorf("again: %+v, %v", events, err)
	}
}

func TestCreateWithBillingAnchor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, anchor string
		end          time.Time
		stub         bool
	}{
		{"UTC", "2026-02-01", day(2026, 2, 1), true},
		{"UTC", "2026-02-28", day(2026, 2, 28), true}, // 28 days of January 28 to February 28
		{"Pacific/Auckland", "2026-02-02", time.Date(2026, 2, 1, 11, 0, 0, 0, time.UTC), true},
		{"Pacific/Auckland", "2026-03-01", time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC), false}, // a whole month
	} {
		want := created(pro, 3)
		want.TimeZone, want.CurrentPeriod.End, want.Stub = tt.zone, tt.end, tt.stub
		want.Anchor.Date, _ = period.ParseDate(tt.anchor)
		spec.Given().When(create3(func(c *Create) { c.TimeZone, c.BillingAnchor = &tt.zone, &tt.anchor })).Then(t, want)
	}
	for _, anchor := range []string{"", "tomorrow", "2026-02-29", "2026-01-31", "2026-01-30", "2026-03-01", "2027-02-01", "0000-01-01"} {
		spec.Given().When(create3(func(c *Create) { c.BillingAnchor = &anchor })).ThenRejected(t, "billing_anchor_invalid")
	}
	// A year is one interval too.
	yearly := created(proYear, 3)
	yearly.Anchor.Date, yearly.CurrentPeriod.End, yearly.Stub = period.Date{Year: 2027, Month: 1, Day: 1}, day(2027, 1, 1), true
	spec.Given().When(create3(func(c *Create) { c.Terms, c.BillingAnchor = proYear, new("2027-01-01") })).Then(t, yearly)
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
		"automatic":      {func(c *Create) { c.Collection = CollectionAutomatic }, "collection_not_available", "/collection"},
		"payment method": {func(c *Create) { c.PaymentMethod = new("pm") }, "payment_method_not_found", "/payment_method"},
		"coupon":         {func(c *Create) { c.Coupon = new("half") }, "coupon_not_found", "/coupon"},
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
	all := spec.Given().When(Create{ID: "1", Terms: pro, TimeZone: new("x"), DaysUntilDue: new(999), Coupon: new("")}).
		ThenRejected(t, "seats_out_of_range")
	if len(all.Fields) != 5 {
		t.Errorf("fields %+v", all.Fields)
	}

	exists := spec.Given(created(pro, 3)).When(create3(nothing)).ThenRejected(t, "subscription_exists")
	if want := []string{"upgrade", "change_seats"}; !reflect.DeepEqual(exists.Actions, want) {
		t.Errorf("actions %v, want %v", exists.Actions, want)
	}
	used := spec.Given().When(create3(func(c *Create) { c.SeatsInUse = 4 })).ThenRejected(t, "seats_in_use")
	if want := map[string]any{"in_use": int64(4), "requested": int64(3)}; !reflect.DeepEqual(used.Details, want) {
		t.Errorf("details %v, want %v", used.Details, want)
	}
	// What no client can cause is no refusal.
	for _, command := range []Create{{Terms: pro}, {ID: "1"}, create3(func(c *Create) { c.Terms.IntervalCount = 0 })} {
		_, err := Decide(State{}, command, spec.Meta)
		if _, refused := err.(*domain.Rejection); err == nil || refused {
			t.Errorf("%+v: %v", command, err)
		}
	}
}
