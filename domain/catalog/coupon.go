package catalog

import (
	"regexp"

	"github.com/shopspring/decimal"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

const periodsMax = 120

// CreateCoupon makes a coupon. Code and Duration are required, and either PercentOff or AmountOff.
type CreateCoupon struct {
	Code       string
	PercentOff *string // "25" is 25 %
	AmountOff  *money.Amount
	Duration   string
	Periods    *int // with the duration periods only
}

// CouponCreated carries the discount whole, since it never changes.
type CouponCreated struct {
	Discount pricing.Discount `json:"discount"`
}

// EventType gives the stored name.
func (CouponCreated) EventType() string { return "catalog.coupon_created.v1" }

func (e CouponCreated) evolve(s State) State {
	s.coupons = s.coupons.with(e.Discount.Coupon, e.Discount)
	s.bytes += 300
	return s
}

// decide refuses with coupon_exists, or its fields: name_invalid, percent_or_amount, percent_off_invalid,
// amount_off_invalid, duration_invalid, periods_invalid, periods_not_allowed.
func (c CreateCoupon) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	check.Name("/code", c.Code)
	check.Require((c.PercentOff == nil) != (c.AmountOff == nil), "/percent_off", "percent_or_amount",
		"either percent_off or amount_off must be given")
	discount := pricing.Discount{Coupon: c.Code, AmountOff: c.AmountOff, Duration: pricing.Duration(c.Duration)}
	if c.PercentOff != nil {
		discount.PercentOff = percentage(&check, *c.PercentOff)
	}
	if c.AmountOff != nil {
		check.Require(c.AmountOff.Sign() > 0, "/amount_off", "amount_off_invalid", "amount_off must be more than 0")
	}
	discount.Periods = periods(&check, discount.Duration, c.Periods)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if _, exists := s.Coupon(c.Code); exists {
		return nil, domain.Conflict("coupon_exists", "coupon %s exists already", c.Code)
	}
	return []Fact{CouponCreated{Discount: discount}}, nil
}

// periods checks duration_invalid, periods_invalid and periods_not_allowed.
func periods(check *domain.Check, duration pricing.Duration, given *int) int {
	switch duration {
	case pricing.DurationPeriods:
		requireRange(check, "/periods", "periods_invalid", int64(domain.Or(given, 0)), 1, periodsMax)
		return domain.Or(given, 0)
	case pricing.DurationOnce, pricing.DurationForever:
		check.Require(given == nil, "/periods", "periods_not_allowed", "periods goes with the duration periods")
	default:
		check.Require(false, "/duration", "duration_invalid", "duration must be once, periods or forever")
	}
	return 0
}

var percent = regexp.MustCompile(`\A(?:[1-9]?[0-9](?:\.[0-9]{1,4})?|100(?:\.0{1,4})?)\z`)

// percentage checks percent_off_invalid.
func percentage(check *domain.Check, text string) string {
	ok := percent.MatchString(text) && decimal.RequireFromString(text).Sign() > 0
	if !check.Require(ok, "/percent_off", "percent_off_invalid",
		`percent_off must be more than "0" and at most "100" with at most 4 digits after the point: "25" is 25 %%`) {
		return text
	}
	return decimal.RequireFromString(text).String()
}
