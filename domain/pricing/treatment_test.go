package pricing_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func order(tax *pricing.Tax, unit, rate string, behavior pricing.TaxBehavior, items ...pricing.Item) pricing.Order {
	start := at("2031-06-01")
	return pricing.Order{
		Subscription: "s", Change: "c", Currency: "USD", At: start, Tax: tax, Items: items,
		Charge: &pricing.Charge{
			Kind: pricing.LineKindCharge, Terms: taxed(monthly("USD", unit), rate, behavior), Seats: 1,
			Period: period.Period{Start: start, End: at("2031-07-01")}, Ratio: period.Ratio{Num: 1, Den: 1},
		},
	}
}

func item(id, unit string, quantity int64, rate string, behavior pricing.TaxBehavior) pricing.Item {
	return pricing.Item{ID: id, Currency: "USD", Description: "Setup", Quantity: quantity, UnitAmount: unit, TaxRate: rate, TaxBehavior: behavior}
}

// The tax of a customer goes before that of prices and items, and what an inclusive one comes to stays.
func TestTaxOfACustomer(t *testing.T) {
	t.Parallel()
	const exclusive, inclusive = pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive
	for name, test := range map[string]struct {
		tax            *pricing.Tax
		behavior       pricing.TaxBehavior
		taxes, summary string
	}{
		"none":                    {nil, exclusive, "20.00 6.00", "130.00 0.00 26.00 156.00"},
		"standard":                {&pricing.Tax{Treatment: pricing.TaxStandard}, exclusive, "20.00 6.00", "130.00 0.00 26.00 156.00"},
		"a rate":                  {&pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0.1"}, exclusive, "10.00 3.00", "130.00 0.00 13.00 143.00"},
		"exempt":                  {&pricing.Tax{Treatment: pricing.TaxExempt, Reason: "x"}, exclusive, "0.00 0.00", "130.00 0.00 0.00 130.00"},
		"reverse charge":          {&pricing.Tax{Treatment: pricing.TaxReverseCharge}, exclusive, "0.00 0.00", "130.00 0.00 0.00 130.00"},
		"none, inclusive":         {nil, inclusive, "16.67 5.00", "108.33 0.00 21.67 130.00"},
		"a rate, inclusive":       {&pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0.1"}, inclusive, "9.09 2.73", "118.18 0.00 11.82 130.00"},
		"exempt, inclusive":       {&pricing.Tax{Treatment: pricing.TaxExempt, Reason: "x"}, inclusive, "0.00 0.00", "130.00 0.00 0.00 130.00"},
		"no tax at all as a rate": {&pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0"}, inclusive, "0.00 0.00", "130.00 0.00 0.00 130.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bill, err := pricing.Price(order(test.tax, "100.00", "0.2", test.behavior, item("i", "15.00", 2, "0.2", test.behavior)))
			if err != nil || taxes(bill) != test.taxes || summary(bill) != test.summary {
				t.Fatalf("%s, %s, %v", taxes(bill), summary(bill), err)
			}
			for _, line := range bill.Lines {
				marked := test.tax != nil && test.tax.Treatment != pricing.TaxStandard
				if marked != (line.TaxTreatment != "") || marked && (line.TaxTreatment != test.tax.Treatment || line.TaxReason != test.tax.Reason) {
					t.Errorf("treated as %q (%s)", line.TaxTreatment, line.TaxReason)
				}
			}
		})
	}
}

// A credit gives back the tax that was charged, whatever holds by then.
func TestACreditKeepsItsTax(t *testing.T) {
	t.Parallel()
	exempt := &pricing.Tax{Treatment: pricing.TaxExempt, Reason: "charity"}
	bought, err := pricing.Price(order(nil, "100.00", "0.2", pricing.TaxBehaviorExclusive))
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := period.NewSchedule(period.Anchor{Date: period.Date{Year: 2031, Month: 6, Day: 1}}, period.Cycle{Interval: period.IntervalMonth, Count: 1}, "UTC", period.ProrationDay)
	if err != nil {
		t.Fatal(err)
	}
	next := order(exempt, "200.00", "0.2", pricing.TaxBehaviorExclusive)
	next.Ends, next.Schedule, next.At = []pricing.Debit{pricing.NewDebit(bought.Lines[0], "i")}, schedule, at("2031-06-16")
	changed, err := pricing.Price(next)
	if err != nil || taxes(changed) != "-10.00 0.00" || changed.Lines[0].TaxTreatment != "" || changed.Lines[1].TaxTreatment != pricing.TaxExempt {
		t.Fatalf("%s, %+v, %v", taxes(changed), changed.Lines, err)
	}
	if changed.Lines[0].UnitAmount != "100.00" || changed.Lines[1].UnitAmount != "200.00" {
		t.Errorf("unit amounts %s and %s", changed.Lines[0].UnitAmount, changed.Lines[1].UnitAmount)
	}
	next.Ends = []pricing.Debit{pricing.NewDebit(changed.Lines[1], "i")}
	next.Tax = nil
	again, err := pricing.Price(next)
	if err != nil || taxes(again) != "0.00 40.00" || again.Lines[0].TaxTreatment != pricing.TaxExempt || again.Lines[0].TaxReason != "charity" {
		t.Fatalf("%s, %+v, %v", taxes(again), again.Lines, err)
	}
}

func TestTaxRates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"0": "0", "0.19": "0.19", "0.190000": "0.19", "0.0": "0"} {
		if rate, ok := pricing.TaxRate(text); !ok || rate != want {
			t.Errorf("%s is %s, %t", text, rate, ok)
		}
	}
	for _, text := range []string{"", "1", "1.0", "19", "-0.1", "0.1234567", ".1", "0,1", "00.1", "1e-1"} {
		if _, ok := pricing.TaxRate(text); ok {
			t.Errorf("%s is taken", text)
		}
	}
}

// However lines, items and taxes are mixed, the bill adds up, an inclusive amount is what is to be paid, and who is exempt pays
// no tax.
func TestItemsAddUpProperty(t *testing.T) {
	t.Parallel()
	rate := rapid.SampledFrom([]string{"0", "0.07", "0.19", "0.2", "0.055"})
	behavior := rapid.SampledFrom([]pricing.TaxBehavior{pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive})
	unit := rapid.Map(rapid.Int64Range(0, 1_000_000), func(minor int64) string {
		amount, _ := money.FromMinor("USD", minor)
		return amount.Plain()
	})
	tax := rapid.SampledFrom([]*pricing.Tax{
		nil, {Treatment: pricing.TaxStandard}, {Treatment: pricing.TaxStandard, Rate: "0.1"}, {Treatment: pricing.TaxExempt, Reason: "x"}, {Treatment: pricing.TaxReverseCharge},
	})
	rapid.Check(t, func(t *rapid.T) {
		o := order(tax.Draw(t, "tax"), unit.Draw(t, "unit"), rate.Draw(t, "rate"), behavior.Draw(t, "behavior"))
		if rapid.Bool().Draw(t, "items alone") {
			o.Charge = nil
		}
		for range rapid.IntRange(0, 6).Draw(t, "items") {
			o.Items = append(o.Items, item("i", unit.Draw(t, "of item"), rapid.Int64Range(1, 9).Draw(t, "quantity"), rate.Draw(t, "its rate"), behavior.Draw(t, "its behavior")))
		}
		bill, err := pricing.Price(o)
		if err != nil {
			t.Fatal(err)
		}
		total := money.Zero("USD")
		for _, line := range bill.Lines {
			if line.TaxBehavior == pricing.TaxBehaviorInclusive && !line.Gross().Equal(line.Amount) {
				t.Fatalf("%v of %v is to be paid", line.Gross(), line.Amount)
			}
			if line.TaxTreatment != "" && !line.Tax.IsZero() {
				t.Fatalf("%v of tax on %s", line.Tax, line.TaxTreatment)
			}
			if line.Kind == pricing.LineKindItem && !line.Discount.IsZero() {
				t.Fatalf("%v off an item", line.Discount)
			}
			total = total.Plus(line.Gross())
		}
		if !total.Equal(bill.Total) || !bill.Subtotal.Minus(bill.Discount).Plus(bill.Tax).Equal(bill.Total) {
			t.Fatalf("%s of lines that come to %v", strings.ReplaceAll(summary(bill), " ", ", "), total)
		}
	})
}
