package subscription

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestDiscount(t *testing.T) {
	t.Parallel()
	totals := func(s *story, want ...string) {
		t := s.t
		t.Helper()
		for i, total := range want {
			s.now = s.state.CurrentPeriod.End
			events, err := Decide(s.state, Run{Billing: bill1}, domain.Meta{Now: s.now})
			if err != nil || len(events) != 2 || events[1].(Billed).Bill.Total.Plain() != total {
				t.Fatalf("renewal %d: %+v, %v, want %s", i, events, err, total)
			}
			for _, event := range events {
				s.state = Evolve(s.state, event)
			}
			s.state = Evolve(s.state, InvoiceSettled{Invoice: bill1.Invoice})
		}
	}
	twice := pricing.Discount{Coupon: "twice", PercentOff: "10", Duration: pricing.DurationPeriods, Periods: 2}
	ever := pricing.Discount{Coupon: "ever", AmountOff: new(usd(500)), Duration: pricing.DurationForever}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied"), "15.00", "30.00")
	})
	t.Run("for two periods", func(t *testing.T) {
		t.Parallel()
		totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "twice", Discount: &twice}, "discount_applied"), "27.00", "27.00", "30.00")
	})
	t.Run("for ever", func(t *testing.T) {
		t.Parallel()
		totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "ever", Discount: &ever}, "discount_applied"), "25.00", "25.00", "25.00")
	})
	t.Run("removed", func(t *testing.T) {
		t.Parallel()
		totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied").
			do(RemoveDiscount{}, "discount_removed"), "30.00")
	})
	t.Run("replaced with the next period", func(t *testing.T) {
		t.Parallel()
		create := Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice, Coupon: new("half"), Discount: &half}
		replaced := (&story{t: t, now: day(2026, 6, 1)}).do(create, "created active", "billed create 30.00").
			do(ApplyDiscount{Coupon: "twice", Discount: &twice}, "discount_applied").at("06-16")
		if bill := replaced.preview(Proposal{Terms: &business}).Bill; bill.Total.Plain() != "7.50" || bill.Discount.Plain() != "15.00" {
			t.Errorf("bill %+v", bill)
		}
		totals(replaced, "27.00", "27.00", "30.00")
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).refused(RemoveDiscount{}, "no_discount").
			refused(ApplyDiscount{Coupon: "x"}, "coupon_not_found").
			refused(ApplyDiscount{Coupon: "e", Discount: euroOff()}, "currency_mismatch")
	})
	t.Run("of a change in its period", func(t *testing.T) {
		t.Parallel()
		s := (&story{t: t, now: day(2026, 6, 1)}).do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3,
			Collection: CollectionSendInvoice, Coupon: new("half"), Discount: &half}, "created active", "billed create 30.00").
			at("06-16").do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -7.50 30.00")
		if line := s.state.InForce[0].Line; line.Discount.Plain() != "15.00" {
			t.Errorf("line %+v", line)
		}
		totals(s, "60.00")
	})
}

// What is stored of before tells nothing of a discount's time and of what it took: such discounts go on by periods.
func TestDiscountOfBefore(t *testing.T) {
	t.Parallel()
	started := func(t *testing.T, discount pricing.Discount) *story {
		s := &story{t: t, now: day(2026, 6, 16)}
		events, err := Decide(s.state, Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice,
			BillingAnchor: new("2026-07-01"), Coupon: new("c"), Discount: &discount, Billing: bill1}, domain.Meta{Now: s.now})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			if billed, ok := event.(Billed); ok {
				billed.Bill.Lines[0].Coupon = nil
			}
			s.state = Evolve(s.state, event)
		}
		return s
	}
	t.Run("periods are counted", func(t *testing.T) {
		t.Parallel()
		s := started(t, pricing.Discount{Coupon: "twice", PercentOff: "10", Duration: pricing.DurationPeriods, Periods: 2})
		if left, _ := s.state.DiscountLeft(); left == nil || *left != 1 || s.state.Discount.EndsAt != nil {
			t.Fatalf("discount %+v", s.state.Discount)
		}
		s.at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		if line := s.state.InForce[0].Line; line.Discount.Plain() != "3.00" {
			t.Fatalf("line %+v", line)
		}
		s.at("08-01").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00")
		if line := s.state.InForce[0].Line; line.Discount.Plain() != "0.00" {
			t.Fatalf("line %+v", line)
		}
	})
	t.Run("the first charge's part of an amount is known by its discount", func(t *testing.T) {
		t.Parallel()
		s := started(t, pricing.Discount{Coupon: "c", AmountOff: new(usd(4000)), Duration: pricing.DurationForever})
		if _, left := s.state.DiscountLeft(); left == nil || left.Plain() != "10.00" {
			t.Fatalf("left %v", left)
		}
		bill := s.at("06-21").preview(Proposal{Seats: new(int64(5))}).Bill
		if bill.Subtotal.Plain() != "6.67" || bill.Discount.Plain() != "3.33" {
			t.Fatalf("bill %+v", bill)
		}
	})
}

func TestDiscountLeft(t *testing.T) {
	t.Parallel()
	left := func(s *story) string {
		periods, amount := s.state.DiscountLeft()
		text := "-"
		if periods != nil {
			text = fmt.Sprint(*periods)
		}
		if amount != nil {
			text += " " + amount.Plain()
		}
		return text
	}
	create := func(t *testing.T, discount pricing.Discount) *story {
		s := &story{t: t, now: day(2026, 6, 1)}
		return s.do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice,
			Coupon: new("c"), Discount: &discount}, "created active", "billed create 30.00")
	}
	off := func(minor int64, duration pricing.Duration) pricing.Discount {
		return pricing.Discount{Coupon: "c", AmountOff: new(usd(minor)), Duration: duration}
	}
	for name, tt := range map[string]struct {
		s    func(t *testing.T) *story
		want string
	}{
		"no discount": {func(t *testing.T) *story { return sold(t, CollectionSendInvoice) }, "-"},
		"one that waits": {func(t *testing.T) *story {
			return sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "c", Discount: new(off(700, pricing.DurationOnce))}, "discount_applied")
		}, "1 7.00"},
		"a voucher":          {func(t *testing.T) *story { return create(t, off(4000, pricing.DurationOnce)) }, "0 10.00"},
		"an amount for ever": {func(t *testing.T) *story { return create(t, off(2000, pricing.DurationForever)) }, "- 0.00"},
		"a percentage, months": {func(t *testing.T) *story {
			return create(t, pricing.Discount{Coupon: "c", PercentOff: "5", Duration: pricing.DurationMonths, Months: 3})
		}, "-"},
		"after a pause, which gives half of it back": {func(t *testing.T) *story {
			return create(t, off(2000, pricing.DurationOnce)).at("06-16").do(Pause{}, "paused", "taken_back credit -5.00")
		}, "0 10.00"},
		"of a time after another interval": {func(t *testing.T) *story {
			return create(t, pricing.Discount{Coupon: "c", PercentOff: "10", Duration: pricing.DurationPeriods, Periods: 15}).
				at("06-16").do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -13.50 300.00")
		}, "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := left(tt.s(t)); got != tt.want {
				t.Errorf("left %q, want %q", got, tt.want)
			}
		})
	}
}

// A discount that waits for the next period leaves the one before it as it is, whose rest goes on.
func TestDiscountBefore(t *testing.T) {
	t.Parallel()
	voucher := pricing.Discount{Coupon: "v", AmountOff: new(usd(4000)), Duration: pricing.DurationOnce}
	s := (&story{t: t, now: day(2026, 6, 1)}).do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice,
		Coupon: new("v"), Discount: &voucher}, "created active", "billed create 30.00").
		do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied").
		at("06-16").do(ChangeSeats{Seats: 4}, "seats_changed 4", "billed change 5.00").
		at("06-16").do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 10.00")
	for i, want := range []string{"30.00", "5.00", "5.00"} {
		if line := s.state.InForce[i].Line; line.Discount.Plain() != want {
			t.Errorf("line %d: %v", i, line.Discount)
		}
	}
	s.at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 60.00")
	if line := s.state.InForce[0].Line; line.Discount.Plain() != "30.00" || line.Coupon.Coupon != "half" {
		t.Errorf("line %+v", line)
	}
}
