package pricing_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func taxes(bill pricing.Bill) string {
	var all []string
	for _, line := range bill.Lines {
		all = append(all, line.Tax.Plain())
	}
	return strings.Join(all, " ")
}

func summary(b pricing.Bill) string {
	return strings.Join([]string{b.Subtotal.Plain(), b.Discount.Plain(), b.Tax.Plain(), b.Total.Plain()}, " ")
}

// The tax is rounded once a rate and invoice, and what the lines are short of goes to those that lost most.
func TestTax(t *testing.T) {
	t.Parallel()
	exclusive := func(unit string) pricing.Terms {
		return taxed(monthly("USD", unit), "0.19", pricing.TaxBehaviorExclusive)
	}
	inclusive := func(unit string) pricing.Terms {
		return taxed(monthly("USD", unit), "0.19", pricing.TaxBehaviorInclusive)
	}
	start, half := at("2023-06-01"), at("2023-06-16")
	for name, tt := range map[string]struct {
		bill                  func(t *testing.T) pricing.Bill
		lines, taxes, summary string
	}{
		"exclusive": {func(t *testing.T) pricing.Bill {
			_, bill := open(t, "UTC", "", start, exclusive("100.00"), 1)
			return bill
		}, "100.00", "19.00", "100.00 0.00 19.00 119.00"},
		"inclusive": {func(t *testing.T) pricing.Bill {
			_, bill := open(t, "UTC", "", start, inclusive("119.00"), 1)
			return bill
		}, "119.00", "19.00", "100.00 0.00 19.00 119.00"},
		"inclusive and not whole": {func(t *testing.T) pricing.Bill {
			_, bill := open(t, "UTC", "", start, inclusive("10.00"), 1)
			return bill
		}, "10.00", "1.60", "8.40 0.00 1.60 10.00"},
		// The net is exactly 8.325, and of a credit as well as of a charge it is the net that is rounded.
		"inclusive and half a cent": {func(t *testing.T) pricing.Bill {
			_, bill := open(t, "UTC", "", start, taxed(monthly("USD", "9.99"), "0.2", pricing.TaxBehaviorInclusive), 1)
			return bill
		}, "9.99", "1.66", "8.33 0.00 1.66 9.99"},
		"inclusive, half a cent and credited": {func(t *testing.T) pricing.Bill {
			b, _ := open(t, "UTC", "", start, taxed(monthly("USD", "19.98"), "0.2", pricing.TaxBehaviorInclusive), 1)
			return b.stop(half)
		}, "-9.99", "-1.66", "-8.33 0.00 -1.66 -9.99"},
		"a credit by its own line's rate": {func(t *testing.T) pricing.Bill {
			b, _ := open(t, "UTC", "", start, taxed(monthly("USD", "10.00"), "0.07", pricing.TaxBehaviorExclusive), 1)
			return b.change(exclusive("20.00"), half)
		}, "-5.00 10.00", "-0.35 1.90", "5.00 0.00 1.55 6.55"},
		// Exactly -0.095 and 0.19 and together 0.095: the half goes away from zero, and to the line that has one.
		"one rounding of a rate": {func(t *testing.T) pricing.Bill {
			b, _ := open(t, "UTC", "", start, exclusive("1.00"), 1)
			return b.change(exclusive("2.00"), half)
		}, "-0.50 1.00", "-0.09 0.19", "0.50 0.00 0.10 0.60"},
		"yen": {func(t *testing.T) pricing.Bill {
			_, bill := open(t, "UTC", "", start, taxed(monthly("JPY", "1005"), "0.1", pricing.TaxBehaviorExclusive), 1)
			return bill
		}, "1005", "101", "1005 0 101 1106"},
		"dinar": {func(t *testing.T) pricing.Bill {
			b, _ := open(t, "UTC", "", start, monthly("KWD", "1.000"), 1)
			return b.addSeats(2, at("2023-06-11"))
		}, "0.667", "0.000", "0.667 0.000 0.000 0.667"},
		"unidad de fomento": {func(t *testing.T) pricing.Bill {
			b, _ := open(t, "UTC", "", start, monthly("CLF", "1.0000"), 1)
			return b.addSeats(2, at("2023-06-11"))
		}, "0.6667", "0.0000", "0.6667 0.0000 0.0000 0.6667"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bill := tt.bill(t)
			if amounts(bill) != tt.lines || taxes(bill) != tt.taxes || summary(bill) != tt.summary {
				t.Errorf("%s with tax %s, %s", amounts(bill), taxes(bill), summary(bill))
			}
		})
	}
}

func TestDiscount(t *testing.T) {
	t.Parallel()
	usd := func(text string) *money.Amount {
		amount, err := money.Parse("USD", text)
		if err != nil {
			t.Fatal(err)
		}
		return &amount
	}
	percent := &pricing.Discount{Coupon: "c", PercentOff: "25", Duration: pricing.DurationForever}
	amount := &pricing.Discount{Coupon: "c", AmountOff: usd("10.00"), Duration: pricing.DurationOnce}
	start, half := at("2023-06-01"), at("2023-06-16")
	ten := taxed(monthly("USD", "10.00"), "0.1", pricing.TaxBehaviorExclusive)
	twenty := taxed(monthly("USD", "20.00"), "0.1", pricing.TaxBehaviorExclusive)
	inclusive := taxed(monthly("USD", "119.00"), "0.19", pricing.TaxBehaviorInclusive)

	for name, tt := range map[string]struct {
		discount *pricing.Discount
		terms    pricing.Terms
		first    string
		lines    string
		change   string
	}{
		"percent":   {percent, ten, "30.00 7.50 2.25 24.75", "-11.25 30.00", "18.75 7.50 1.13 12.38"},
		"amount":    {amount, ten, "30.00 10.00 2.00 22.00", "-10.00 30.00", "20.00 5.00 1.50 16.50"},
		"inclusive": {percent, inclusive, "300.00 75.00 42.75 267.75", "-133.88 30.00", "-82.50 7.50 -19.13 -109.13"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, first := openDiscounted(t, "UTC", "", start, tt.terms, 3, tt.discount)
			change := b.change(twenty, half)
			if summary(first) != tt.first || amounts(change) != tt.lines || summary(change) != tt.change {
				t.Errorf("%s, then %s, %s", summary(first), amounts(change), summary(change))
			}
		})
	}
	t.Run("by amount is for the seats as a whole", func(t *testing.T) {
		t.Parallel()
		b, _ := openDiscounted(t, "UTC", "", start, ten, 1, amount)
		if got := summary(b.addSeats(2, half)); got != "5.00 0.00 0.50 5.50" {
			t.Errorf("%s", got)
		}
	})
	t.Run("takes off no more than all", func(t *testing.T) {
		t.Parallel()
		if _, first := openDiscounted(t, "UTC", "", start, monthly("USD", "4.00"), 1, amount); first.Total.Plain() != "0.00" {
			t.Errorf("%v", first.Total)
		}
	})
	for want, d := range map[int]pricing.Discount{1: *amount, 3: {Duration: pricing.DurationPeriods, Periods: 3}, 0: *percent} {
		t.Run("lasts "+string(d.Duration), func(t *testing.T) {
			t.Parallel()
			if lasts := d.Lasts(); (lasts == nil) != (want == 0) || lasts != nil && *lasts != want {
				t.Errorf("%v, want %d", lasts, want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	b, first := open(t, "UTC", "2023-07-01", at("2023-06-11"), monthly("USD", "30.00"), 2)
	credit := b.change(monthly("USD", "60.00"), at("2023-06-21T10:00:00Z")).Lines[0]
	line := first.Lines[0]
	if line.Key != "s/seats/c1/20230611T000000Z/charge" || line.Ratio.String() != "20/30" || line.SourceLine != nil {
		t.Errorf("charge %+v", line)
	}
	if credit.Key != "s/seats/c2~c1/20230621T100000Z/credit" || credit.Ratio.String() != "10/20" || *credit.SourceLine != line.Key {
		t.Errorf("credit %+v", credit)
	}
	data, err := json.Marshal(credit)
	if err != nil {
		t.Fatal(err)
	}
	var back pricing.Line
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, credit) {
		t.Errorf("%s came back as %+v, %v", data, back, err)
	}
}

func TestTermsBill(t *testing.T) {
	t.Parallel()
	bill, err := taxed(monthly("USD", "10.00"), "0.19", pricing.TaxBehaviorExclusive).Bill(3)
	if err != nil || summary(bill) != "30.00 0.00 5.70 35.70" {
		t.Errorf("%s, %v", summary(bill), err)
	}
}

func TestPriceFails(t *testing.T) {
	t.Parallel()
	euros, _ := money.FromMinor("EUR", 1)
	whole := period.Ratio{Num: 1, Den: 1}
	charge := func(change func(*pricing.Terms)) *pricing.Charge {
		terms := monthly("USD", "1.00")
		change(&terms)
		return &pricing.Charge{Kind: pricing.LineKindCharge, Terms: terms, Seats: 1, Ratio: whole}
	}
	nothing := func(*pricing.Terms) {}
	for name, order := range map[string]pricing.Order{
		"currency":          {Currency: "XXX"},
		"another currency":  {Currency: "EUR", Charge: charge(nothing)},
		"scheme":            {Currency: "USD", Charge: charge(func(t *pricing.Terms) { t.Scheme = "x" })},
		"unit amount":       {Currency: "USD", Charge: charge(func(t *pricing.Terms) { t.UnitAmount = "x" })},
		"tiers":             {Currency: "USD", Charge: charge(func(t *pricing.Terms) { t.Scheme = pricing.SchemeVolume })},
		"tax rate":          {Currency: "USD", Charge: charge(func(t *pricing.Terms) { t.TaxRate = "x" })},
		"discount":          {Currency: "USD", Charge: charge(nothing), Deduction: &pricing.Deduction{}},
		"percentage":        {Currency: "USD", Charge: charge(nothing), Deduction: &pricing.Deduction{Value: pricing.Discount{PercentOff: "x"}}},
		"discount in euros": {Currency: "USD", Charge: charge(nothing), Deduction: &pricing.Deduction{Value: pricing.Discount{AmountOff: &euros}}},
		"ratio": {Currency: "USD", Charge: &pricing.Charge{Kind: pricing.LineKindCharge, Terms: monthly("USD", "1.00"), Seats: 1,
			Ratio: period.Ratio{Num: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if bill, err := pricing.Price(order); err == nil {
				t.Errorf("%+v", bill)
			}
		})
	}
}
