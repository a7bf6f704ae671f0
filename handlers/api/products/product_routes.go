package products

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var productNotFound = endpoint.NotFound("product_not_found", "there is no such product")

var productRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/products", ID: "create-product", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Create a product", Status: http.StatusCreated,
		Text:    "The code is taken for ever. A ledger may have one free product that is not archived: workspaces without a plan have it.",
		Example: map[string]any{"code": "pro", "name": "Pro", "tier": 20},
		Refusals: slices.Concat(
			endpoint.Conflict("product_exists", "the code is taken"),
			endpoint.Conflict("free_product_exists", "another product is the free one"),
			endpoint.Invalid("name_invalid", "display_name_invalid", "tier_invalid", "features_too_many", "feature_invalid",
				"feature_type_mismatch", "limits_too_many", "limit_invalid", "per_invalid", "fail_invalid", "guests_per_seat_invalid", "free_seats_invalid")),
	}, createProduct, viewProductResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/products/{product}", ID: "change-product", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Change a product's name, features and limits",
		Text: "What is left out stays. An archived product can be changed, since there may be subscriptions to it. " +
			"The ETag is the whole catalog's version, so If-Match fails after a change of any product or price.",
		Example: map[string]any{"name": "Pro 2026"},
		Refusals: slices.Concat(productNotFound, endpoint.Invalid("name_invalid", "display_name_invalid", "features_too_many",
			"feature_invalid", "feature_type_mismatch", "limits_too_many", "limit_invalid", "per_invalid", "fail_invalid")),
	}, changeProduct, viewProductResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/products/{product}/archive", ID: "archive-product", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Archive a product", Refusals: productNotFound,
		Text: "Ends new sales. Subscriptions to it go on. Archiving again changes nothing.",
	}, archiveProduct, viewProductResult),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/products", ID: "list-products", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List products with their prices", Text: "In the order of their creation, archived ones too.",
		Parameters: endpoint.ListParameters(), Versioned: true,
	}, projections.Catalog, listProducts),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/products/{product}", ID: "get-product", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a product with its prices", Refusals: productNotFound, Versioned: true,
	}, projections.Catalog, getProduct),
}
