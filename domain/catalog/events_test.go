package catalog

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	someFeatures := Features{"sso": raw(`true`), "storage": raw(`{"gib":10,"kind":"ssd"}`), "support": raw(`"mail"`)}
	someLimits := Limits{"calls": {Limit: new(int64(1000)), Per: new(LimitPerPeriod)}, "projects": {Limit: new(int64(3))}}
	files := os.DirFS("testdata/events")
	domain.CheckShape(t, files, "catalog.coupon_created.v1.months", CouponCreated{Discount: pricing.Discount{
		Coupon: "quarter", Name: "A quarter off", PercentOff: "25", Duration: pricing.DurationMonths, Months: 3,
	}})
	domain.CheckShape(t, files, "catalog.product_created.v1.fail", ProductCreated{Product: "pro", Name: "Pro", Family: "main", Features: Features{},
		Limits: Limits{"calls": {}}, Fail: Fail{"calls": FailOpen}})
	domain.CheckShape(t, files, "catalog.product_changed.v1.fail", ProductChanged{Product: "pro", Name: "Pro", Features: Features{}, Limits: Limits{},
		Fail: Fail{"calls": FailClosed}})
	domain.CheckShapes(t, Type, files,
		ProductCreated{Product: "pro", Name: "Pro", Family: "main", Tier: 20, Features: someFeatures, Limits: someLimits,
			GuestsPerSeat: 5, FreeSeats: 12},
		ProductChanged{Product: "pro", Name: "Pro plan", Features: someFeatures, Limits: someLimits},
		ProductArchived{Product: "pro"},
		PriceCreated{Terms: pricing.Terms{
			Price: "pro-monthly", Product: "pro", Family: "main", Tier: 20, Currency: "USD", Interval: period.IntervalMonth,
			IntervalCount: 1, Scheme: pricing.SchemeGraduated,
			Tiers: []pricing.Bracket{
				{UpTo: new(int64(10)), UnitAmount: "8.00", FlatAmount: "0.00"}, {UnitAmount: "6.00", FlatAmount: "1.00"},
			},
			TrialDays: 14, MinSeats: 1, MaxSeats: new(int64(500)), TaxRate: "0.19", TaxBehavior: pricing.TaxBehaviorExclusive,
			Proration: period.ProrationDay, GuestsPerSeat: 5,
		}},
		PriceArchived{Price: "pro-monthly", Product: "pro"},
		CouponCreated{Discount: pricing.Discount{Coupon: "quarter", PercentOff: "25", Duration: pricing.DurationPeriods, Periods: 3}},
	)
}
