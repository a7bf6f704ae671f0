package pricing_test

import (
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func drawTerms(t *rapid.T, currency money.Currency, interval period.Interval, proration period.Proration) pricing.Terms {
	minor := rapid.Int64Range(0, 1_000_000).Draw(t, "unit")
	unit, _ := money.FromMinor(currency, minor)
	terms := price(fmt.Sprintf("p%d", minor), currency, unit.Plain(), interval, 1)
	terms.Proration = proration
	terms.TaxRate = rapid.SampledFrom([]string{"0", "0.07", "0.19", "0.081", "1"}).Draw(t, "tax rate")
	terms.TaxBehavior = rapid.SampledFrom([]pricing.TaxBehavior{pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive}).Draw(t, "tax")
	if rapid.Bool().Draw(t, "tiers") {
		second, _ := money.FromMinor(currency, minor/2)
		terms.Scheme = rapid.SampledFrom([]pricing.Scheme{pricing.SchemeGraduated, pricing.SchemeVolume}).Draw(t, "scheme")
		terms.UnitAmount, terms.Tiers = "", []pricing.Bracket{
			{UpTo: new(int64(5)), UnitAmount: unit.Plain(), FlatAmount: second.Plain()},
			{UnitAmount: second.Plain(), FlatAmount: "0"},
		}
	}
	return terms
}

func drawDiscount(t *rapid.T, currency money.Currency) *pricing.Discount {
	off, _ := money.FromMinor(currency, rapid.Int64Range(1, 100_000).Draw(t, "off"))
	return rapid.SampledFrom([]*pricing.Discount{
		nil, {Coupon: "percent", PercentOff: "12.5"}, {Coupon: "all", PercentOff: "100"},
		{Coupon: "amount", AmountOff: &off, Duration: pricing.DurationForever},
		{Coupon: "voucher", AmountOff: &off, Duration: pricing.DurationOnce},
	}).Draw(t, "discount")
}

type drawn struct {
	currency  money.Currency
	interval  period.Interval
	proration period.Proration
	discount  *pricing.Discount
	start     time.Time
	zone      string
}

func draw(t *rapid.T) drawn {
	d := drawn{
		currency:  rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency"),
		interval:  rapid.SampledFrom([]period.Interval{period.IntervalMonth, period.IntervalYear}).Draw(t, "interval"),
		proration: rapid.SampledFrom([]period.Proration{period.ProrationDay, period.ProrationSecond}).Draw(t, "proration"),
		start:     time.Unix(rapid.Int64Range(1_600_000_000, 1_800_000_000).Draw(t, "start"), 0).UTC(),
		zone:      rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York"}).Draw(t, "zone"),
	}
	d.discount = drawDiscount(t, d.currency)
	return d
}

func (d drawn) terms(t *rapid.T) pricing.Terms {
	return drawTerms(t, d.currency, d.interval, d.proration)
}

func (d drawn) open(t *rapid.T, terms pricing.Terms, seats int64) *book {
	b, _ := openDiscounted(t, d.zone, "", d.start, terms, seats, d.discount)
	return b
}

func instantIn(t *rapid.T, p period.Period, label string) time.Time {
	return p.Start.Add(time.Duration(rapid.Int64Range(0, int64(p.End.Sub(p.Start))-1).Draw(t, label)))
}

// Whatever happens in a period: no key twice, no line credited twice or by more than its debit, and never more than what is left
// of all that is in force together (all in book.note), each
// bill's totals are those of its lines, pricing again gives the same bill, and the books of the period are the price of
// what was used: what is stopped on the first instant costs nothing.
func TestPriceProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		b := d.open(t, d.terms(t), rapid.Int64Range(1, 20).Draw(t, "seats"))
		at := b.period.Start
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			at = instantIn(t, period.Period{Start: at, End: b.period.End}, "at")
			var bill pricing.Bill
			switch rapid.SampledFrom([]string{"price", "seats", "seats", "note", "stop"}).Draw(t, "step") {
			case "price":
				bill = b.change(d.terms(t), at)
			case "seats":
				bill = b.addSeats(b.seats+rapid.Int64Range(1, 9).Draw(t, "more"), at)
			case "note":
				if line := rapid.IntRange(0, len(b.inForce)-1).Draw(t, "line"); b.inForce[line].Line.Base().Sign() > 0 {
					b.creditByHand(line, rapid.Int64Range(0, 4).Draw(t, "share"), 4)
				}
				continue
			case "stop":
				bill = b.stop(at)
				b.change(b.terms, at)
			}
			checkBill(t, bill)
		}
		checkBill(t, b.stop(at))
	})
}

// However many seats come, and however much cheaper they make the plan, what is taken back at last is the share of the full
// amount of all of them, as far as each line is rounded.
func TestSeatsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.discount = nil
		terms := d.terms(t)
		b := d.open(t, terms, rapid.Int64Range(1, 9).Draw(t, "seats"))
		at := b.period.Start
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			at = instantIn(t, period.Period{Start: at, End: b.period.End}, "at")
			b.addSeats(b.seats+rapid.Int64Range(1, 5).Draw(t, "more"), at)
		}
		at = instantIn(t, period.Period{Start: at, End: b.period.End}, "at")
		lines := int64(len(b.inForce))
		full, _ := terms.FullAmount(b.seats)
		left := b.schedule.Remaining(b.period, at)
		want, _ := full.MulRatio(left.Num, left.Den)
		if off := base(b.stop(at)).Plus(want); off.Minor().CmpAbs(big.NewInt(2*lines)) > 0 {
			t.Fatalf("%v too much is charged, of %v and %d lines", off, want, lines)
		}
	})
}

func checkBill(t *rapid.T, bill pricing.Bill) {
	net, _ := money.FromMinor(bill.Currency, 0)
	gross, tax := net, net
	for _, line := range bill.Lines {
		net, _ = net.Add(line.Net())
		gross, _ = gross.Add(line.Gross())
		tax, _ = tax.Add(line.Tax)
	}
	less, _ := bill.Subtotal.Sub(bill.Discount)
	total, _ := less.Add(bill.Tax)
	if !total.Equal(bill.Total) || !less.Equal(net) || !tax.Equal(bill.Tax) || !gross.Equal(bill.Total) {
		t.Fatalf("totals %s of lines with net %v, tax %v", summary(bill), net, tax)
	}
}

// A change and its immediate reversal come to nothing, to the minor unit, and with a discount, which is rounded by itself,
// as far as rounding goes.
func TestReversalProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		from := d.terms(t)
		b := d.open(t, from, rapid.Int64Range(1, 20).Draw(t, "seats"))
		at := instantIn(t, b.period, "at")
		there, back := b.change(d.terms(t), at), b.change(from, at)
		sum, _ := base(there).Add(base(back))
		if !d.near(sum, 2) {
			t.Fatalf("%s, then %s: %v", amounts(there), amounts(back), sum)
		}
	})
}

// near reports whether an amount is nothing, or where discounts are rounded too, at most so many minor units.
func (d drawn) near(amount money.Amount, units int64) bool {
	if d.discount == nil {
		units = 0
	}
	return amount.Minor().CmpAbs(big.NewInt(units)) <= 0
}

// Of many changes at one instant only the last one costs anything.
func TestLastOfManyProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		from, last, seats := d.terms(t), d.terms(t), rapid.Int64Range(1, 20).Draw(t, "seats")
		many, one := d.open(t, from, seats), d.open(t, from, seats)
		at := instantIn(t, many.period, "at")
		sum, _ := money.FromMinor(d.currency, 0)
		for range rapid.IntRange(0, 4).Draw(t, "detours") {
			sum, _ = sum.Add(base(many.change(d.terms(t), at)))
		}
		sum, _ = sum.Add(base(many.change(last, at)))
		if want := base(one.change(last, at)); !d.near(sum.Minus(want), 6) {
			t.Fatalf("%v, want %v", sum, want)
		}
	})
}

func base(bill pricing.Bill) money.Amount {
	sum, _ := money.FromMinor(bill.Currency, 0)
	for _, line := range bill.Lines {
		sum, _ = sum.Add(line.Base())
	}
	return sum
}

// A later change credits no more than an earlier one, and the same change priced twice is the same bill.
func TestCreditProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		terms, seats := d.terms(t), rapid.Int64Range(1, 20).Draw(t, "seats")
		early, late, again := d.open(t, terms, seats), d.open(t, terms, seats), d.open(t, terms, seats)
		at := instantIn(t, early.period, "early")
		later := instantIn(t, period.Period{Start: at, End: early.period.End}, "late")
		first, second := early.stop(at), late.stop(later)
		if first.Total.Minor().CmpAbs(second.Total.Minor()) < 0 {
			t.Fatalf("%v credited at %v, and %v at %v", first.Total, at, second.Total, later)
		}
		if repeated := again.stop(at); !reflect.DeepEqual(repeated, first) {
			t.Fatalf("%+v, then %+v", first, repeated)
		}
	})
}
