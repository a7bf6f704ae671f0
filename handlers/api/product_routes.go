package api

import (
	"net/http"
	"slices"
)

var (
	productNotFound = refusal{http.StatusNotFound, "product_not_found", "there is no such product"}
	priceNotFound   = refusal{http.StatusNotFound, "price_not_found", "there is no such price"}
)

var createProductRoute = route{
	method: http.MethodPost, path: "/v1/products", id: "create-product", tag: tagCatalog, roles: roleAdmins,
	summary: "Create a product", status: http.StatusCreated,
	text:    "The code is taken for ever. A ledger may have one free product that is not archived: workspaces without a plan have it.",
	example: map[string]any{"code": "pro", "name": "Pro", "tier": 20, "features": map[string]any{"sso": true}},
	refusals: slices.Concat([]refusal{
		{http.StatusConflict, "product_exists", "the code is taken"},
		{http.StatusConflict, "free_product_exists", "another product is the free one"},
	}, invalid("name_invalid", "display_name_invalid", "tier_invalid", "features_too_many", "feature_invalid", "limits_too_many",
		"limit_invalid", "per_invalid", "guests_per_seat_invalid", "free_seats_invalid")),
}

var changeProductRoute = route{
	method: http.MethodPut, path: "/v1/products/{product}", id: "change-product", tag: tagCatalog, roles: roleAdmins,
	summary: "Change a product's name, features and limits", status: http.StatusOK,
	text:    "What is left out stays. An archived product can be changed, since there may be subscriptions to it.",
	example: map[string]any{"name": "Pro 2026"},
	refusals: slices.Concat([]refusal{productNotFound}, invalid("name_invalid", "display_name_invalid", "features_too_many",
		"feature_invalid", "limits_too_many", "limit_invalid", "per_invalid")),
}

var archiveProductRoute = route{
	method: http.MethodPost, path: "/v1/products/{product}/archive", id: "archive-product", tag: tagCatalog, roles: roleAdmins,
	summary: "End new sales of a product", status: http.StatusOK, refusals: []refusal{productNotFound},
	text: "Subscriptions to it go on. Archiving again changes nothing.",
}

var listProductsRoute = route{
	method: http.MethodGet, path: "/v1/products", id: "list-products", tag: tagCatalog, roles: everyRole,
	summary: "List products with their prices", text: "In the order of their creation, archived ones too.",
	status: http.StatusOK, parameters: listParameters(), versioned: true,
}

var getProductRoute = route{
	method: http.MethodGet, path: "/v1/products/{product}", id: "get-product", tag: tagCatalog, roles: everyRole,
	summary: "A product with its prices", status: http.StatusOK, refusals: []refusal{productNotFound}, versioned: true,
}

var createPriceRoute = route{
	method: http.MethodPost, path: "/v1/products/{product}/prices", id: "create-price", tag: tagCatalog, roles: roleAdmins,
	summary: "Create a price of a product", status: http.StatusCreated,
	text: "A price never changes: make a new one and archive the old one. Amounts are decimal strings with no more digits behind " +
		"the point than the currency has.",
	example: map[string]any{"code": "pro-month", "currency": "USD", "interval": "month", "unit_amount": "12.00"},
	refusals: slices.Concat([]refusal{
		productNotFound,
		{http.StatusConflict, "price_exists", "the code is taken, by a price of this or another product"},
		{http.StatusConflict, "product_archived", "the product has no new sales"},
		{http.StatusConflict, "free_product_has_no_prices", "the product is free"},
	}, invalid("name_invalid", "currency_unknown", "interval_invalid", "interval_count_invalid", "scheme_invalid",
		"unit_amount_required", "unit_amount_not_allowed", "tiers_required", "tiers_not_allowed", "tiers_too_many", "up_to_invalid",
		"amount_invalid", "trial_days_invalid", "min_seats_invalid", "max_seats_invalid", "tax_rate_invalid", "tax_behavior_invalid",
		"proration_invalid")),
}

var archivePriceRoute = route{
	method: http.MethodPost, path: "/v1/prices/{price}/archive", id: "archive-price", tag: tagCatalog, roles: roleAdmins,
	summary: "End new sales at a price", status: http.StatusOK, refusals: []refusal{priceNotFound},
	text: "Subscriptions at it go on. Archiving again changes nothing.",
}
