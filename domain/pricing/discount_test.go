package pricing_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// amountOff draws a price a seat, and a coupon for an amount that a few seats use up.
func amountOff(t *rapid.T, d *drawn, duration pricing.Duration) pricing.Terms {
	off, _ := money.FromMinor(d.currency, rapid.Int64Range(1, 100_000).Draw(t, "amount off"))
	d.discount = &pricing.Discount{Coupon: "c", AmountOff: &off, Duration: duration}
	unit, _ := money.FromMinor(d.currency, rapid.Int64Range(1, 50_000).Draw(t, "unit"))
	terms := price("p", d.currency, unit.Plain(), d.interval, 1)
	terms.Proration = d.proration
	return terms
}

func discounts(bills ...pricing.Bill) int64 {
	var sum int64
	for _, bill := range bills {
		for _, line := range bill.Lines {
			sum += line.Discount.Minor().Int64()
		}
	}
	return sum
}

func within(a, b, slack int64) bool { return a-b <= slack && b-a <= slack }

// Seats that are bought one after the other at one instant have the discount that all of them at once have.
func TestDiscountOfGrowingSeatsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		terms := amountOff(t, &d, rapid.SampledFrom([]pricing.Duration{pricing.DurationOnce, pricing.DurationForever}).Draw(t, "duration"))
		b, one := d.open(t, terms, 1), d.open(t, terms, 1)
		at, steps := instantIn(t, b.period, "at"), rapid.Int64Range(1, 5).Draw(t, "steps")
		var grown []pricing.Bill
		for range steps {
			grown = append(grown, b.addSeats(b.seats+rapid.Int64Range(1, 4).Draw(t, "more"), at))
		}
		if sum, want := discounts(grown...), discounts(one.addSeats(b.seats, at)); !within(sum, want, steps) {
			t.Fatalf("discounts %d, and %d of one charge", sum, want)
		}
	})
}

// Whatever is bought in a period, the coupon takes no more than its amount off.
func TestDiscountIsBoundedProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		duration := rapid.SampledFrom([]pricing.Duration{pricing.DurationOnce, pricing.DurationForever}).Draw(t, "duration")
		b := d.open(t, amountOff(t, &d, duration), 1)
		at, net, steps := b.period.Start, int64(0), int64(1)
		for _, debit := range b.inForce {
			net += debit.Line.Discount.Minor().Int64()
		}
		for range rapid.IntRange(0, 6).Draw(t, "more steps") {
			at = instantIn(t, period.Period{Start: at, End: b.period.End}, "at")
			before := b.inForce
			if rapid.Bool().Draw(t, "seats") {
				net += discounts(b.addSeats(b.seats+rapid.Int64Range(1, 4).Draw(t, "more"), at))
			} else {
				net += discounts(b.change(amountOff(t, &drawn{currency: d.currency, interval: d.interval, proration: d.proration}, duration), at))
				for _, debit := range before {
					ratio := b.schedule.Left(debit.Line.Period, at)
					back, _ := debit.Line.Discount.MulRatio(ratio.Num, ratio.Den)
					net -= back.Minor().Int64()
				}
			}
			steps += 1 + int64(len(before))
			if most := d.discount.AmountOff.Minor().Int64(); net > most+steps || net < 0 {
				t.Fatalf("discounts of %d, with %d off", net, most)
			}
		}
	})
}

// The credit of a line is of what it cost after its discount, averaged over the line.
func TestCreditOfDiscountedProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.discount = drawDiscount(t, d.currency)
		b := d.open(t, d.terms(t), rapid.Int64Range(1, 20).Draw(t, "seats"))
		line := b.inForce[0].Line
		at := instantIn(t, b.period, "at")
		ratio := b.schedule.Left(line.Period, at)
		want, _ := line.Base().MulRatio(ratio.Num, ratio.Den)
		if got := base(b.stop(at)); !got.Equal(want.Neg()) {
			t.Fatalf("credit %v of %v less %v, want %v", got, line.Amount, line.Discount, want.Neg())
		}
	})
}

// Where more seats cost less, all of them together have no more off than they cost.
func TestDiscountOfSeatsThatCostLess(t *testing.T) {
	t.Parallel()
	terms := monthly("USD", "10.00")
	terms.Scheme, terms.UnitAmount = pricing.SchemeVolume, ""
	terms.Tiers = []pricing.Bracket{{UpTo: new(int64(5)), UnitAmount: "10.00", FlatAmount: "0.00"}, {UnitAmount: "5.00", FlatAmount: "0.00"}}
	for name, tt := range map[string]struct {
		duration pricing.Duration
		at, want string
	}{
		"an amount at once":    {pricing.DurationForever, "2031-06-01", "-20.00 -10.00"},
		"an amount half later": {pricing.DurationForever, "2031-06-16", "-10.00 -5.00"},
		"a voucher at once":    {pricing.DurationOnce, "2031-06-01", "-20.00 -10.00"},
		"a voucher half later": {pricing.DurationOnce, "2031-06-16", "-10.00 -5.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			off, err := money.Parse("USD", "40.00")
			if err != nil {
				t.Fatal(err)
			}
			b, _ := openDiscounted(t, "UTC", "", at("2031-06-01"), terms, 5, &pricing.Discount{Coupon: "c", AmountOff: &off, Duration: tt.duration})
			line := b.addSeats(6, at(tt.at)).Lines[0]
			if got := line.Amount.Plain() + " " + line.Discount.Plain(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
