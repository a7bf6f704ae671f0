package products

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var priceRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/products/{product}/prices", ID: "create-price", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Create a price of a product", Status: http.StatusCreated,
		Text: "A price never changes: make a new one and archive the old one. Amounts are decimal strings with no more digits behind " +
			"the point than the currency has.",
		Example: map[string]any{"code": "pro-month", "currency": "USD", "interval": "month", "unit_amount": "12.00"},
		Other:   map[string]any{"code": "pro-year", "currency": "USD", "interval": "year", "unit_amount": "120.00", "trial_days": 14},
		Refusals: slices.Concat(
			productNotFound,
			endpoint.Conflict("price_exists", "the code is taken, by a price of this or another product"),
			endpoint.Conflict("product_archived", "the product has no new sales"),
			endpoint.Conflict("free_product_has_no_prices", "the product is free"),
			endpoint.Invalid("name_invalid", "currency_unknown", "interval_invalid", "interval_count_invalid", "scheme_invalid",
				"unit_amount_required", "unit_amount_not_allowed", "tiers_required", "tiers_not_allowed", "tiers_too_many", "up_to_invalid",
				"amount_invalid", "trial_days_invalid", "min_seats_invalid", "max_seats_invalid", "tax_rate_invalid", "tax_behavior_invalid",
				"proration_invalid")),
	}, createPrice, viewPrice),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/prices/{price}/archive", ID: "archive-price", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Archive a price", Refusals: view.PriceNotFound,
		Text: "Ends new sales. Subscriptions at it go on. Archiving again changes nothing.",
	}, archivePrice, viewPrice),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/prices/{price}", ID: "get-price", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a price", Refusals: view.PriceNotFound, Versioned: true,
	}, projections.Catalog, getPrice),
}
