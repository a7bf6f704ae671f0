package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var subscriptionRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription", ID: "create-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Create a subscription", Status: http.StatusCreated, Waits: true,
		Text: "A workspace has at most one subscription that has not ended. With send_invoice it is active at once, its seats are open at " +
			"once and its invoice is issued: all of it is written together. With automatic it is incomplete and its invoice open until " +
			"that is paid, which it may be for 23 hours.",
		Example: map[string]any{"price": "pro-month", "seats": 5, "collection": "send_invoice"},
		Refusals: slices.Concat(
			endpoint.Conflict("subscription_exists", "the workspace has one already"),
			endpoint.Conflict("license_active", "the workspace's plan is a license"),
			endpoint.Conflict("seats_in_use", "more seats are in use than asked for"),
			view.TooFarBehind, view.AmountOutOfRange, view.PaymentPastDue, view.PaymentDeclined,
			endpoint.Unprocessable("currency_mismatch", "the coupon takes off an amount of another currency"),
			notForSale,
			endpoint.Invalid("name_invalid", "seats_out_of_range", "collection_invalid", "payment_method_not_found", "coupon_not_found",
				"days_until_due_invalid", "time_zone_unknown", "billing_anchor_invalid")),
	}, createSubscription, viewResult),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/subscription", ID: "get-subscription", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "Get a workspace's latest subscription", Versioned: true, Refusals: view.NoSubscription,
	}, projections.Subscriptions, getSubscription),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/subscriptions", ID: "list-subscriptions", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List the latest subscription of each workspace", Text: "In the order of the workspaces' names.",
		Parameters: endpoint.ListParameters(
			endpoint.ChoiceFilter("status", "Only those of this status.", subscription.Statuses),
			endpoint.NameFilter("price", "Only those at this price.", "the code of a price"),
		),
	}, projections.Subscriptions, listSubscriptions),
}
