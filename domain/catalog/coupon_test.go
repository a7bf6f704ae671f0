package catalog

import (
	"testing"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCreateCoupon(t *testing.T) {
	t.Parallel()
	five, _ := money.Parse("USD", "5.00")
	none, _ := money.Parse("USD", "0.00")
	quarter := CouponCreated{Discount: pricing.Discount{Coupon: "quarter", PercentOff: "25", Duration: pricing.DurationOnce}}
	t.Run("a percentage", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(CreateCoupon{Code: "quarter", PercentOff: new("25.00"), Duration: "once"}).Then(t, quarter)
	})
	t.Run("an amount", func(t *testing.T) {
		t.Parallel()
		spec.Given(quarter).When(CreateCoupon{Code: "five", AmountOff: &five, Duration: "periods", Periods: new(3)}).Then(t, CouponCreated{
			Discount: pricing.Discount{Coupon: "five", AmountOff: &five, Duration: pricing.DurationPeriods, Periods: 3}})
	})
	t.Run("the same code", func(t *testing.T) {
		t.Parallel()
		spec.Given(quarter).When(CreateCoupon{Code: "quarter", PercentOff: new("100"), Duration: "forever"}).ThenRejected(t, "coupon_exists")
	})
	for code, command := range map[string]CreateCoupon{
		"name_invalid":         {Code: "a b", PercentOff: new("25"), Duration: "once"},
		"percent_or_amount":    {Code: "a", Duration: "once"},
		"amount_off_invalid":   {Code: "a", AmountOff: &none, Duration: "once"},
		"duration_invalid":     {Code: "a", PercentOff: new("25")},
		"periods_invalid":      {Code: "a", PercentOff: new("25"), Duration: "periods"},
		"display_name_invalid": {Code: "a", Name: new(""), PercentOff: new("25"), Duration: "once"},
		"months_invalid":       {Code: "a", PercentOff: new("25"), Duration: "months", Months: new(121)},
		"months_not_allowed":   {Code: "a", PercentOff: new("25"), Duration: "periods", Periods: new(1), Months: new(1)},
		"duration_not_allowed": {Code: "a", AmountOff: &five, Duration: "months", Months: new(3)},
		"periods_not_allowed":  {Code: "a", PercentOff: new("25"), Duration: "once", Periods: new(1)},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(command).ThenRejected(t, code)
		})
	}
	for _, text := range []string{"", "0", "0.0", "0.25", "0.9999", "100.1", "101", "-1", "1e1", "007", ".5", "1.00001", "a"} {
		t.Run("percent off "+text, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(CreateCoupon{Code: "a", PercentOff: &text, Duration: "once"}).ThenRejected(t, "percent_off_invalid")
		})
	}
	t.Run("is in the state", func(t *testing.T) {
		t.Parallel()
		state := Evolve(State{}, quarter)
		if got, ok := state.Coupon("quarter"); !ok || got != quarter.Discount || len(state.Coupons()) != 1 {
			t.Errorf("coupon %+v", got)
		}
	})
}
