package pricing_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// pro costs 10.00 a seat and month.
func pro() pricing.Terms {
	return pricing.Terms{
		Price: "pro", Product: "pro", Family: "main", Tier: 10, Currency: "USD", Interval: period.IntervalMonth, IntervalCount: 1,
		Scheme: pricing.SchemePerUnit, UnitAmount: "10.00", MinSeats: 1, TaxRate: "0.19", TaxBehavior: pricing.TaxBehaviorExclusive,
		Proration: period.ProrationDay,
	}
}

// business costs 20.00 a seat and month.
func business() pricing.Terms {
	terms := pro()
	terms.Price, terms.Product, terms.Tier, terms.UnitAmount = "business", "business", 20, "20.00"
	return terms
}

func show(bill pricing.Bill) {
	for _, line := range bill.Lines {
		fmt.Println(line.Description, line.Net(), line.Tax)
	}
	fmt.Println("total", bill.Total)
}

func ExampleTerms_Bill() {
	bill, err := pro().Bill(3)
	if err != nil {
		panic(err)
	}
	show(bill)
	// Output:
	// 3 seats of pro 30.00 USD 5.70 USD
	// total 35.70 USD
}

// Each tier prices the seats that fall into it.
func ExampleTerms_FullAmount() {
	terms := pro()
	terms.Scheme, terms.UnitAmount = pricing.SchemeGraduated, ""
	terms.Tiers = []pricing.Bracket{
		{UpTo: new(int64(10)), UnitAmount: "10.00", FlatAmount: "0.00"},
		{UnitAmount: "8.00", FlatAmount: "0.00"},
	}
	fmt.Println(terms.FullAmount(12))
	// Output: 116.00 USD <nil>
}

// An upgrade in the middle of a period credits what is left of the line in force, and charges the rest at the new price.
func ExamplePrice() {
	march := period.Period{Start: date(time.March, 1), End: date(time.April, 1)}
	schedule, err := period.NewSchedule(
		period.AnchorAt(march.Start, time.UTC, period.ProrationDay), pro().Cycle(), "UTC", period.ProrationDay)
	if err != nil {
		panic(err)
	}
	first, err := pricing.Price(pricing.Order{Subscription: "s", Change: "create", Currency: "USD", Charge: &pricing.Charge{
		Kind: pricing.LineKindCharge, Terms: pro(), Seats: 3, Period: march, Ratio: schedule.Remaining(march, march.Start),
	}})
	if err != nil {
		panic(err)
	}
	change := date(time.March, 12)
	bill, err := pricing.Price(pricing.Order{
		Subscription: "s", Change: "upgrade", Currency: "USD", Schedule: schedule, At: change,
		Ends: []pricing.Debit{pricing.NewDebit(first.Lines[0], "invoice-1")},
		Charge: &pricing.Charge{
			Kind: pricing.LineKindCharge, Terms: business(), Seats: 3, Period: period.Period{Start: change, End: march.End},
			Ratio: schedule.Remaining(march, change),
		},
	})
	if err != nil {
		panic(err)
	}
	show(bill)
	// Output:
	// Unused time: 3 seats of pro -19.35 USD -3.67 USD
	// 3 seats of business 38.71 USD 7.35 USD
	// total 23.04 USD
}

func date(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
}

func ExampleCompareTerms() {
	fmt.Println(pricing.CompareTerms(pro(), business()), pricing.CompareTerms(business(), pro()))
	// Output: upgrade downgrade
}

// Three seats are bought for 30 days; what nobody held is not spread over the others.
func ExampleShareOut() {
	amount, err := money.Parse("USD", "30.00")
	if err != nil {
		panic(err)
	}
	shares, unassigned, err := pricing.ShareOut(amount, slices.Repeat([]int64{3}, 30), []pricing.Held{{Member: "ann", To: 30}, {Member: "bob", To: 10}})
	if err != nil {
		panic(err)
	}
	for _, share := range shares {
		fmt.Println(share.Member, share.Amount)
	}
	fmt.Println("nobody", unassigned)
	// Output:
	// ann 10.00 USD
	// bob 3.33 USD
	// nobody 16.67 USD
}
