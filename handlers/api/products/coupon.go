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
	Code       string          `json:"code" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"welcome"`
	PercentOff *string         `json:"percent_off,omitempty" pattern:"^(100([.]0{1,4})?|[1-9]?[0-9]([.][0-9]{1,4})?)$" example:"25" doc:"25 is 25 %. Either this or amount_off."`
	AmountOff  *view.MoneyBody `json:"amount_off,omitempty" doc:"More than 0, off each period's charge for all seats together. For prices in its currency only."`
	Duration   string          `json:"duration" enum:"once,periods,forever" doc:"once is the first period."`
	Periods    *int            `json:"periods,omitempty" minimum:"1" maximum:"120" doc:"With the duration periods only."`
}

// couponView shows a coupon.
type couponView struct {
	Code       string      `json:"code"`
	PercentOff *string     `json:"percent_off"`
	AmountOff  *view.Money `json:"amount_off"`
	Duration   string      `json:"duration" enum:"once,periods,forever"`
	Periods    *int        `json:"periods" doc:"null unless the duration is periods."`
}

func createCoupon(_ *endpoint.Call, b createCouponBody) command.Command[pricing.Discount] {
	c := catalog.CreateCoupon{Code: b.Code, PercentOff: b.PercentOff, Duration: b.Duration, Periods: b.Periods}
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
	shown := couponView{Code: d.Coupon, PercentOff: endpoint.OrNull(d.PercentOff), Duration: string(d.Duration)}
	if d.AmountOff != nil {
		shown.AmountOff = new(view.MoneyOf(*d.AmountOff))
	}
	if d.Duration == pricing.DurationPeriods {
		shown.Periods = &d.Periods
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
