package products

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// createProductBody is the body of POST /v1/products.
type createProductBody struct {
	Code          string                       `json:"code" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro" doc:"Unique in the ledger, also among archived products."`
	Name          string                       `json:"name" minLength:"1" maxLength:"200" example:"Pro"`
	Family        *string                      `json:"family,omitempty" default:"main" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Products of one family are plans to choose from."`
	Tier          int                          `json:"tier" minimum:"0" maximum:"1000000" example:"20" doc:"A higher tier is an upgrade."`
	Features      map[string]view.FeatureValue `json:"features,omitempty" maxProperties:"200" example:"{\"sso\":true}" doc:"By keys that are names."`
	Limits        map[string]limitBody         `json:"limits,omitempty" maxProperties:"200" example:"{\"projects\":{\"limit\":50,\"per\":null}}" doc:"By keys that are names."`
	Fail          map[string]catalog.FailMode  `json:"fail,omitempty" maxProperties:"200" example:"{\"sso\":\"open\"}" doc:"What clients do that can't ask, by keys of features; closed for all others."`
	GuestsPerSeat *int64                       `json:"guests_per_seat,omitempty" default:"5" minimum:"0" maximum:"1000" doc:"Guests that each purchased seat admits."`
	Free          bool                         `json:"free,omitempty" default:"false" doc:"What workspaces without a plan have. One product of a ledger may be free; it has no prices."`
	FreeSeats     *int64                       `json:"free_seats,omitempty" default:"12" minimum:"0" maximum:"1000000" doc:"Of the free product: admins, members and guests together."`
}

// changeProductBody is the body of PUT /v1/products/{product}.
type changeProductBody struct {
	Name     *string                      `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Features map[string]view.FeatureValue `json:"features,omitempty" maxProperties:"200" example:"{\"sso\":true}" doc:"All of them; those that are not given are gone."`
	Limits   map[string]limitBody         `json:"limits,omitempty" maxProperties:"200" example:"{\"projects\":{\"limit\":50,\"per\":null}}" doc:"All of them; those that are not given are gone."`
	Fail     map[string]catalog.FailMode  `json:"fail,omitempty" maxProperties:"200" example:"{\"sso\":\"open\"}" doc:"All of them; those that are not given are closed."`
}

type limitBody struct {
	Limit *int64            `json:"limit" minimum:"0" maximum:"1000000000000000" doc:"null is without limit: use is counted alone."`
	Per   *catalog.LimitPer `json:"per" doc:"When use begins at zero again; null for never."`
}

// productView shows a product.
type productView struct {
	Code          string                       `json:"code"`
	Name          string                       `json:"name"`
	Family        string                       `json:"family"`
	Tier          int                          `json:"tier"`
	Features      map[string]view.FeatureValue `json:"features" example:"{\"sso\":true}"`
	Limits        map[string]limitView         `json:"limits" example:"{\"projects\":{\"limit\":50,\"per\":null}}"`
	Fail          map[string]catalog.FailMode  `json:"fail" example:"{\"sso\":\"open\"}" doc:"What clients do that can't ask; closed for features that are not here."`
	GuestsPerSeat int64                        `json:"guests_per_seat"`
	Free          bool                         `json:"free"`
	FreeSeats     int64                        `json:"free_seats" doc:"Means something for the free product only."`
	Archived      bool                         `json:"archived" doc:"No new sales."`
	Prices        []priceView                  `json:"prices" doc:"In the order of their creation, archived ones too."`
}

type limitView struct {
	Limit *int64            `json:"limit" doc:"null is without limit: use is counted alone."`
	Per   *catalog.LimitPer `json:"per"`
}

func viewProduct(p catalog.Product, prices []catalog.Price) productView {
	shown := productView{
		Code: p.Code, Name: p.Name, Family: p.Family, Tier: p.Tier, GuestsPerSeat: p.GuestsPerSeat, Free: p.Free,
		FreeSeats: p.FreeSeats, Archived: p.Archived, Features: make(map[string]view.FeatureValue, len(p.Features)),
		Limits: make(map[string]limitView, len(p.Limits)), Fail: make(map[string]catalog.FailMode, len(p.Fail)), Prices: make([]priceView, 0, len(prices)),
	}
	for key, value := range p.Features {
		shown.Features[key] = view.FeatureValue(value)
	}
	for key, limit := range p.Limits {
		shown.Limits[key] = limitView{Limit: limit.Limit, Per: limit.Per}
	}
	maps.Copy(shown.Fail, p.Fail)
	for _, price := range prices {
		shown.Prices = append(shown.Prices, viewPrice(price))
	}
	return shown
}

func viewProductResult(p command.Product) productView { return viewProduct(p.Product, p.Prices) }

func viewCatalogProduct(p projections.CatalogProduct) productView {
	return viewProduct(p.Product, p.Prices)
}

func createProduct(_ *endpoint.Call, b createProductBody) command.Command[command.Product] {
	return command.CreateProduct(catalog.CreateProduct{
		Code: b.Code, Name: b.Name, Family: b.Family, Tier: &b.Tier, Features: fromFeatures(b.Features),
		Limits: fromLimits(b.Limits), Fail: fromFail(b.Fail), GuestsPerSeat: b.GuestsPerSeat, Free: b.Free, FreeSeats: b.FreeSeats,
	})
}

func changeProduct(c *endpoint.Call, b changeProductBody) command.Command[command.Product] {
	return command.ChangeProduct(catalog.ChangeProduct{
		Code: c.Name("product"), Name: b.Name, Features: fromFeatures(b.Features), Limits: fromLimits(b.Limits), Fail: fromFail(b.Fail),
	})
}

func archiveProduct(c *endpoint.Call) command.Command[command.Product] {
	return command.ArchiveProduct(catalog.ArchiveProduct{Code: c.Name("product")})
}

func listProducts(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[productView], error) {
	if err := setCatalogVersion(ctx, tx, c); err != nil {
		return endpoint.List[productView]{}, err
	}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.CatalogProduct, error) {
		return projections.ListProducts(ctx, tx, c.Ledger.ID, after, limit)
	}, func(p projections.CatalogProduct) int64 { return p.Created }, viewCatalogProduct)
}

func getProduct(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (productView, error) {
	code := c.Name("product")
	product, found, err := projections.FindProduct(ctx, tx, c.Ledger.ID, code)
	if err == nil && !found {
		err = domain.NotFound("product_not_found", "there is no product %q", code)
	}
	c.SetVersion(product.Version)
	return viewCatalogProduct(product), err
}

// setCatalogVersion gives a list the version of the whole catalog.
func setCatalogVersion(ctx context.Context, tx pgx.Tx, c *endpoint.Call) error {
	version, err := projections.CatalogVersion(ctx, tx, c.Ledger.ID)
	c.SetVersion(version)
	return err
}

// fromFeatures keeps nil, which stands for a field that was not given.
func fromFeatures(given map[string]view.FeatureValue) catalog.Features {
	if given == nil {
		return nil
	}
	features := make(catalog.Features, len(given))
	for key, value := range given {
		features[key] = []byte(value)
	}
	return features
}

func fromLimits(given map[string]limitBody) map[string]catalog.NewLimit {
	if given == nil {
		return nil
	}
	limits := make(map[string]catalog.NewLimit, len(given))
	for key, limit := range given {
		limits[key] = catalog.NewLimit{Limit: limit.Limit, Per: (*string)(limit.Per)}
	}
	return limits
}

func fromFail(given map[string]catalog.FailMode) map[string]string {
	if given == nil {
		return nil
	}
	modes := make(map[string]string, len(given))
	for key, mode := range given {
		modes[key] = string(mode)
	}
	return modes
}
