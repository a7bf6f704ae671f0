package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var discountRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/discount", ID: "apply-discount", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Apply a discount",
		Text:    "From the next period on, for as long as the coupon says, and instead of what another coupon takes off.",
		Example: map[string]any{"coupon": "welcome"},
		Needs:   "the coupon welcome, which is the example of a coupon",
		Refusals: slices.Concat(
			endpoint.Unprocessable("coupon_not_found", "there is no such coupon"),
			endpoint.Unprocessable("currency_mismatch", "it takes off an amount of another currency"),
			onLive),
	}, applyDiscount, viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/subscription/discount", ID: "remove-discount", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Remove a discount",
		Text:     "No charge has it from now on; what was billed stays.",
		Refusals: slices.Concat(endpoint.NotFound("no_discount", "the subscription has none"), onLive),
	}, endpoint.OfWorkspace(command.RemoveDiscount), viewResult),
}
