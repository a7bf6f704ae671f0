package subscription

import (
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
