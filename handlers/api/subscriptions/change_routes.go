package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var changeRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/upgrade", ID: "upgrade-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Upgrade a subscription", Waits: true,
		Text: "At once, to a higher tier, or to the same tier and a longer interval. The seats, the collection and the time zone stay; a " +
			"longer interval begins a new period, with the fewer seats that wait for it. What is left of the present period is credited " +
			"and the new price charged, on one invoice. A lower price that waits is dropped.",
		Example: map[string]any{"price": "pro-year"},
		Needs:   "the price pro-year, which is the other example of a price",
		Refusals: slices.Concat(onLive, notForSale, changesPlan, byQuote, view.PaymentPastDue, view.PaymentDeclined, noChange,
			endpoint.Conflict("not_an_upgrade", "the tier is lower, or the same and the interval not longer"),
			endpoint.Invalid("name_invalid")),
	}, upgrade, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/downgrade", ID: "downgrade-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Downgrade a subscription",
		Text: "At the period's end, to a lower tier, or to the same tier and an interval that is not longer; with seats, to fewer of them too. " +
			"The seats that it will have must be those that the price allows. Of what waited before, only what is asked is replaced.",
		Example: map[string]any{"price": "pro-month"},
		Needs:   "a subscription at a better price, such as pro-year, which is the other example of a price",
		Refusals: slices.Concat(onLive, notForSale, changesPlan, seatsInUse, noChange,
			endpoint.Conflict("not_a_downgrade", "the tier is higher, or the same and the interval longer"),
			endpoint.Invalid("name_invalid")),
	}, downgrade, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/seats", ID: "change-seats", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Change the number of seats", Waits: true,
		Text: "The body has the new total. More seats are open at once, for one prorated line on an invoice. Fewer wait for the period's end, " +
			"together with a lower price that waits, and are never fewer than in use by then; the present total, or more, takes that back.",
		Example:  map[string]any{"seats": 8},
		Refusals: slices.Concat(onLive, changesSeats, byQuote, changeInProgress, view.PaymentPastDue, view.PaymentDeclined, seatsOutOfRange),
	}, changeSeats, viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/seats/remove-unused", ID: "remove-unused-seats", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Remove unused seats",
		Text:     "Gives back the seats that nobody has, at the period's end. As many stay as are in use, and as the price of the next period has min_seats.",
		Refusals: slices.Concat(changeInProgress, onLive),
	}, removeUnusedSeats, viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/subscription/pending-change", ID: "cancel-pending-change", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Cancel a pending change", Refusals: onLive,
		Text: "What waits for the next period does not happen.",
	}, endpoint.OfWorkspace(command.CancelPendingChange), viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/subscription/pending-update", ID: "cancel-pending-update", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Cancel a pending update", Refusals: onLive,
		Text: "What waits for money does not happen. Its invoice becomes void, and what was paid of it credit. An incomplete " +
			"subscription is canceled instead.",
	}, endpoint.OfWorkspace(command.CancelPendingUpdate), viewResult),
}
