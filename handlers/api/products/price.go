package products

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// createPriceBody is the body of POST /v1/products/{product}/prices.
type createPriceBody struct {
	Code          string               `json:"code" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month" doc:"Unique in the ledger, also among archived prices."`
	Currency      string               `json:"currency" pattern:"^[A-Z]{3}$" example:"USD" doc:"ISO 4217, upper case."`
	Interval      period.Interval      `json:"interval"`
	IntervalCount *int                 `json:"interval_count,omitempty" default:"1" minimum:"1" maximum:"36"`
	Scheme        *pricing.Scheme      `json:"scheme,omitempty" default:"per_unit"`
	UnitAmount    *string              `json:"unit_amount,omitempty" pattern:"^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$" example:"12.00" doc:"A seat and period, with the scheme per_unit only."`
	Tiers         []tierBody           `json:"tiers,omitempty" maxItems:"100" doc:"With the schemes graduated and volume only. They rise, and the last one alone has no end."`
	TrialDays     *int                 `json:"trial_days,omitempty" default:"0" minimum:"0" maximum:"730"`
	MinSeats      *int64               `json:"min_seats,omitempty" default:"1" minimum:"1" maximum:"1000000"`
	MaxSeats      *int64               `json:"max_seats,omitempty" minimum:"1" maximum:"1000000"`
	TaxRate       *string              `json:"tax_rate,omitempty" default:"0" pattern:"^0([.][0-9]{1,6})?$" example:"0.19" doc:"A fraction below 1: 0.19 is 19 %."`
	TaxBehavior   *pricing.TaxBehavior `json:"tax_behavior,omitempty" default:"exclusive"`
	Proration     *period.Proration    `json:"proration,omitempty" default:"day"`
}

type tierBody struct {
	UpTo       *int64  `json:"up_to" minimum:"1" doc:"The last seat of the tier; null for no end."`
	UnitAmount string  `json:"unit_amount" pattern:"^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$"`
	FlatAmount *string `json:"flat_amount,omitempty" default:"0" pattern:"^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$"`
}

// priceView shows a price.
type priceView struct {
	Code          string              `json:"code"`
	Product       string              `json:"product"`
	Currency      string              `json:"currency"`
	Interval      period.Interval     `json:"interval"`
	IntervalCount int                 `json:"interval_count"`
	Scheme        pricing.Scheme      `json:"scheme"`
	UnitAmount    *string             `json:"unit_amount" doc:"null where the price has tiers."`
	Tiers         []tierView          `json:"tiers"`
	TrialDays     int                 `json:"trial_days"`
	MinSeats      int64               `json:"min_seats"`
	MaxSeats      *int64              `json:"max_seats" doc:"null for no limit."`
	TaxRate       string              `json:"tax_rate"`
	TaxBehavior   pricing.TaxBehavior `json:"tax_behavior"`
	Proration     period.Proration    `json:"proration"`
	Archived      bool                `json:"archived" doc:"No new sales."`
}

type tierView struct {
	UpTo       *int64 `json:"up_to"`
	UnitAmount string `json:"unit_amount"`
	FlatAmount string `json:"flat_amount"`
}

func viewPrice(p catalog.Price) priceView {
	t := p.Terms
	view := priceView{
		Code: t.Price, Product: t.Product, Currency: string(t.Currency), Interval: t.Interval,
		IntervalCount: t.IntervalCount, Scheme: t.Scheme, UnitAmount: endpoint.OrNull(t.UnitAmount), Tiers: make([]tierView, 0, len(t.Tiers)),
		TrialDays: t.TrialDays, MinSeats: t.MinSeats, MaxSeats: t.MaxSeats, TaxRate: t.TaxRate,
		TaxBehavior: t.TaxBehavior, Proration: t.Proration, Archived: p.Archived,
	}
	for _, tier := range t.Tiers {
		view.Tiers = append(view.Tiers, tierView{UpTo: tier.UpTo, UnitAmount: tier.UnitAmount, FlatAmount: tier.FlatAmount})
	}
	return view
}

func getPrice(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (priceView, error) {
	if err := setCatalogVersion(ctx, tx, c); err != nil {
		return priceView{}, err
	}
	code := c.Name("price")
	price, found, err := projections.FindPrice(ctx, tx, c.Ledger.ID, code)
	if err == nil && !found {
		err = domain.NotFound("price_not_found", "there is no price %q", code)
	}
	return viewPrice(price), err
}

func createPrice(c *endpoint.Call, b createPriceBody) command.Command[catalog.Price] {
	return command.CreatePrice(catalog.CreatePrice{
		Product: c.Name("product"), Code: b.Code, Currency: b.Currency, Interval: string(b.Interval), IntervalCount: b.IntervalCount,
		Scheme: (*string)(b.Scheme), UnitAmount: b.UnitAmount, Tiers: fromTiers(b.Tiers), TrialDays: b.TrialDays, MinSeats: b.MinSeats,
		MaxSeats: b.MaxSeats, TaxRate: b.TaxRate, TaxBehavior: (*string)(b.TaxBehavior), Proration: (*string)(b.Proration),
	})
}

func archivePrice(c *endpoint.Call) command.Command[catalog.Price] {
	return command.ArchivePrice(catalog.ArchivePrice{Code: c.Name("price")})
}

func fromTiers(given []tierBody) []catalog.Tier {
	tiers := make([]catalog.Tier, len(given))
	for i, tier := range given {
		tiers[i] = catalog.Tier{UpTo: tier.UpTo, UnitAmount: &tier.UnitAmount, FlatAmount: tier.FlatAmount}
	}
	return tiers
}
