package products

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var couponRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/coupons", ID: "create-coupon", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Create a coupon", Status: http.StatusCreated,
		Text:    "The code is taken for ever, and a coupon never changes.",
		Example: map[string]any{"code": "welcome", "percent_off": "25", "duration": "once"},
		Refusals: slices.Concat(endpoint.Conflict("coupon_exists", "the code is taken"),
			endpoint.Invalid("name_invalid", "display_name_invalid", "percent_or_amount", "percent_off_invalid", "amount_off_invalid",
				"duration_invalid", "duration_not_allowed", "periods_invalid", "periods_not_allowed", "months_invalid", "months_not_allowed")),
	}, createCoupon, viewCoupon),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/coupons", ID: "list-coupons", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List coupons", Text: "In the order of their creation.", Parameters: endpoint.ListParameters(), Versioned: true,
	}, projections.Catalog, listCoupons),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/coupons/{coupon}", ID: "get-coupon", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a coupon", Refusals: endpoint.NotFound("coupon_not_found", "there is no such coupon"), Versioned: true,
	}, projections.Catalog, getCoupon),
}
