package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// createCouponBody is the body of POST /v1/coupons.
type createCouponBody struct {
	Code       string     `json:"code" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"welcome"`
	PercentOff *string    `json:"percent_off,omitempty" pattern:"^(100([.]0{1,4})?|[1-9]?[0-9]([.][0-9]{1,4})?)$" example:"25" doc:"25 is 25 %. Either this or amount_off."`
	AmountOff  *moneyBody `json:"amount_off,omitempty" doc:"More than 0, off each period's charge for all seats together. For prices in its currency only."`
	Duration   string     `json:"duration" enum:"once,periods,forever" doc:"once is the first period."`
	Periods    *int       `json:"periods,omitempty" minimum:"1" maximum:"120" doc:"With the duration periods only."`
}

// couponView is a coupon as clients see it.
type couponView struct {
	Code       string     `json:"code"`
	PercentOff *string    `json:"percent_off"`
	AmountOff  *moneyView `json:"amount_off"`
	Duration   string     `json:"duration" enum:"once,periods,forever"`
	Periods    *int       `json:"periods" doc:"null unless the duration is periods."`
}

var createCouponRoute = route{
	method: http.MethodPost, path: "/v1/coupons", id: "create-coupon", tag: tagCatalog, roles: roleAdmins,
	summary: "Create a coupon", status: http.StatusCreated,
	text:    "The code is taken for ever, and a coupon never changes.",
	example: map[string]any{"code": "welcome", "percent_off": "25", "duration": "once"},
	refusals: slices.Concat([]refusal{{http.StatusConflict, "coupon_exists", "the code is taken"}},
		invalid("name_invalid", "percent_or_amount", "percent_off_invalid", "amount_off_invalid", "duration_invalid", "periods_invalid",
			"periods_not_allowed")),
}

var listCouponsRoute = route{
	method: http.MethodGet, path: "/v1/coupons", id: "list-coupons", tag: tagCatalog, roles: everyRole,
	summary: "List coupons", text: "In the order of their creation.", status: http.StatusOK, parameters: listParameters(),
	versioned: true,
}

func couponRoutes() []route {
	return []route{
		commandRoute(createCouponRoute, func(_ *call, b createCouponBody) command.Command[pricing.Discount] {
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
		}, viewCoupon),
		queryRoute(listCouponsRoute, projections.Catalog, listCoupons),
	}
}

func viewCoupon(d pricing.Discount) couponView {
	view := couponView{Code: d.Coupon, PercentOff: given(d.PercentOff), Duration: string(d.Duration)}
	if d.AmountOff != nil {
		view.AmountOff = new(viewMoney(*d.AmountOff))
	}
	if d.Duration == pricing.DurationPeriods {
		view.Periods = &d.Periods
	}
	return view
}

func listCoupons(ctx context.Context, tx pgx.Tx, c *call) (list[couponView], int64, error) {
	key, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return list[couponView]{}, 0, err
	}
	// A cursor of ours holds the number that it was made of.
	after, _ := strconv.ParseInt(key, 10, 64)
	version, err := projections.CatalogVersion(ctx, tx, c.ledger.ID)
	if err != nil {
		return list[couponView]{}, 0, err
	}
	coupons, err := projections.ListCoupons(ctx, tx, c.ledger.ID, after, c.limit()+1)
	if err != nil {
		return list[couponView]{}, 0, err
	}
	created := func(c projections.Coupon) string { return strconv.FormatInt(c.Created, 10) }
	view := func(c projections.Coupon) couponView { return viewCoupon(c.Discount) }
	return pageOf(c.cursors(), coupons, c.limit(), created, view), version, nil
}
