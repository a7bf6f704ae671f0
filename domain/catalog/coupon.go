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
	Name       *string // for people
	PercentOff *string // "25" is 25 %
	AmountOff  *money.Amount
	Duration   string
	Periods    *int // with the duration periods only
	Months     *int // with the duration months only
}

// CouponCreated carries the discount whole, since it never changes.
type CouponCreated struct {
	Discount pricing.Discount `json:"discount"`
}

// EventType gives the stored name.
func (CouponCreated) EventType() string { return "catalog.coupon_created.v1" }

func (e CouponCreated) evolve(s State) State {
	s.coupons = s.coupons.with(e.Discount.Coupon, e.Discount)
	s.bytes += 300 + len(e.Discount.Name)
	return s
}

// decide refuses with coupon_exists, or its fields: name_invalid, display_name_invalid, percent_or_amount, percent_off_invalid,
// amount_off_invalid, duration_invalid, duration_not_allowed and, of periods as of months, periods_invalid and
// periods_not_allowed.
func (c CreateCoupon) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	check.Name("/code", c.Code)
	check.Require((c.PercentOff == nil) != (c.AmountOff == nil), "/percent_off", "percent_or_amount",
		"either percent_off or amount_off must be given")
	discount := pricing.Discount{Coupon: c.Code, Name: domain.Or(c.Name, ""), AmountOff: c.AmountOff, Duration: pricing.Duration(c.Duration)}
	if c.PercentOff != nil {
		discount.PercentOff = percentage(&check, *c.PercentOff)
	}
	if c.AmountOff != nil {
		check.Require(c.AmountOff.Sign() > 0, "/amount_off", "amount_off_invalid", "amount_off must be more than 0")
	}
	if c.Name != nil {
		checkDisplayName(&check, *c.Name)
	}
	setDuration(&check, &discount, c)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if _, exists := s.Coupon(c.Code); exists {
		return nil, domain.Conflict("coupon_exists", "coupon %s exists already", c.Code)
	}
	return []Fact{CouponCreated{Discount: discount}}, nil
}

// setDuration checks duration_invalid, duration_not_allowed and what [counted] checks. An amount is for a period, so it
// does not go with months.
func setDuration(check *domain.Check, discount *pricing.Discount, c CreateCoupon) {
	switch discount.Duration {
	case pricing.DurationOnce, pricing.DurationPeriods, pricing.DurationMonths, pricing.DurationForever:
	default:
		check.Require(false, "/duration", "duration_invalid", "duration must be once, periods, months or forever")
		return
	}
	check.Require(c.AmountOff == nil || discount.Duration != pricing.DurationMonths, "/duration", "duration_not_allowed",
		"the duration months goes with percent_off only; an amount_off is for a period: once, periods or forever")
	discount.Periods = counted(check, "periods", c.Periods, discount.Duration == pricing.DurationPeriods)
	discount.Months = counted(check, "months", c.Months, discount.Duration == pricing.DurationMonths)
}

// counted checks a number that goes with the duration of its name alone: <name>_invalid and <name>_not_allowed.
func counted(check *domain.Check, name string, given *int, wanted bool) int {
	if wanted {
		requireRange(check, "/"+name, name+"_invalid", int64(domain.Or(given, 0)), 1, periodsMax)
		return domain.Or(given, 0)
	}
	check.Require(given == nil, "/"+name, name+"_not_allowed", "%s goes with the duration %s", name, name)
	return 0
}

var percent = regexp.MustCompile(`\A(?:[1-9][0-9]?(?:\.[0-9]{1,4})?|100(?:\.0{1,4})?)\z`)

// percentage checks percent_off_invalid. A number below 1 is likely to be meant as a fraction, which it is not.
func percentage(check *domain.Check, text string) string {
	if !check.Require(percent.MatchString(text), "/percent_off", "percent_off_invalid",
		`percent_off is in percent, "1" to "100" with at most 4 digits after the point: "25" is 25 %%, not "0.25"`) {
		return text
	}
	// The grammar allows nothing that the decimal package refuses.
	return decimal.RequireFromString(text).String()
}
