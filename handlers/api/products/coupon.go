package products

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// createCouponBody is the body of POST /v1/coupons.
type createCouponBody struct {
	Code       string           `json:"code" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"welcome"`
	Name       *string          `json:"name,omitempty" minLength:"1" maxLength:"200" example:"Welcome" doc:"On documents; the code when it is not given."`
	PercentOff *string          `json:"percent_off,omitempty" pattern:"^(100([.]0{1,4})?|[1-9][0-9]?([.][0-9]{1,4})?)$" example:"25" doc:"In percent, 1 to 100: 25 is 25 %. Either this or amount_off."`
	AmountOff  *view.MoneyBody  `json:"amount_off,omitempty" doc:"More than 0, off each period's charges for all seats together; at another interval than that of the first use in proportion to months. For prices in its currency only."`
	Duration   pricing.Duration `json:"duration" doc:"once is the first period, and with amount_off a voucher that is used up whole in it, whatever part of a period is charged. periods last as long as so many periods of the interval at the first use; they and months also discount a part of a charge. months goes with percent_off only."`
	Periods    *int             `json:"periods,omitempty" minimum:"1" maximum:"120" doc:"With the duration periods only."`
	Months     *int             `json:"months,omitempty" minimum:"1" maximum:"120" doc:"With the duration months only."`
}

// couponView shows a coupon.
type couponView struct {
	Code       string           `json:"code"`
	Name       string           `json:"name" doc:"The code where no name was given."`
	PercentOff *string          `json:"percent_off"`
	AmountOff  *view.Money      `json:"amount_off"`
	Duration   pricing.Duration `json:"duration"`
	Periods    *int             `json:"periods" doc:"null unless the duration is periods."`
	Months     *int             `json:"months" doc:"null unless the duration is months."`
}

func createCoupon(_ *endpoint.Call, b createCouponBody) command.Command[pricing.Discount] {
	c := catalog.CreateCoupon{
		Code: b.Code, Name: b.Name, PercentOff: b.PercentOff, Duration: string(b.Duration), Periods: b.Periods, Months: b.Months,
	}
	if b.AmountOff != nil {
		amount, err := money.Parse(money.Currency(b.AmountOff.Currency), b.AmountOff.Amount)
		if err != nil {
			return command.Refuse[pricing.Discount](catalog.Stream(), domain.InvalidField("/amount_off", "amount_off_invalid",
				"amount_off must be in a currency that there is, with at most its digits"))
		}
		c.AmountOff = &amount
	}
	return command.CreateCoupon(c)
}

func viewCoupon(d pricing.Discount) couponView {
	shown := couponView{
		Code: d.Coupon, Name: d.Title(), PercentOff: endpoint.OrNull(d.PercentOff), AmountOff: view.MoneyOrNull(d.AmountOff),
		Duration: d.Duration,
	}
	if d.Duration == pricing.DurationPeriods {
		shown.Periods = &d.Periods
	}
	if d.Duration == pricing.DurationMonths {
		shown.Months = &d.Months
	}
	return shown
}

func listCoupons(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[couponView], error) {
	if err := setCatalogVersion(ctx, tx, c); err != nil {
		return endpoint.List[couponView]{}, err
	}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.Coupon, error) {
		return projections.ListCoupons(ctx, tx, c.Ledger.ID, after, limit)
	}, func(c projections.Coupon) int64 { return c.Created }, func(c projections.Coupon) couponView { return viewCoupon(c.Discount) })
}

func getCoupon(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (couponView, error) {
	if err := setCatalogVersion(ctx, tx, c); err != nil {
		return couponView{}, err
	}
	code := c.Name("coupon")
	coupon, found, err := projections.FindCoupon(ctx, tx, c.Ledger.ID, code)
	if err == nil && !found {
		err = domain.NotFound("coupon_not_found", "there is no coupon %q", code)
	}
	return viewCoupon(coupon.Discount), err
}
