package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var cancelRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/cancel", ID: "cancel-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Cancel a subscription",
		Text: "What waits for the period's end or for money does not happen then. What is charged and not used is taken back by one credit " +
			"note for each invoice: first it lowers what is owed, then what was paid goes back with refund, as far as it was paid in money, and " +
			"the rest becomes credit. A new date replaces an earlier one.",
		Example: map[string]any{"when": "period_end"},
		Refusals: slices.Concat(onLive, view.AmountOutOfRange,
			endpoint.Unprocessable("settlement_required", "the end is before the period's, and settlement is not given"),
			endpoint.Invalid("when_invalid", "settlement_invalid")),
	}, cancel, viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/uncancel", ID: "uncancel-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Uncancel a subscription",
		Text:     "It goes on. Possible until the moment at which it would have ended.",
		Refusals: slices.Concat(changeInProgress, onLive),
	}, endpoint.OfWorkspace(command.UncancelSubscription), viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/pause", ID: "pause-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Pause a subscription",
		Text: "Stops service and bills. What is left of the period is taken back by one credit note for each invoice: it lowers what is " +
			"owed, and what was paid becomes credit. Whoever has a seat keeps it, and nobody gets one. " +
			"What waits for the period's end does not happen.",
		Refusals: slices.Concat(changeInProgress, onLive, view.AmountOutOfRange),
	}, pause, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/resume", ID: "resume-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Resume a subscription", Waits: true,
		Text: "Starts service and bills again. With automatic collection it stays paused until the invoice is paid. It is past_due then " +
			"while another invoice is past due.",
		Example:  map[string]any{"anchor": "now"},
		Needs:    "a subscription that is paused",
		Refusals: slices.Concat(changeInProgress, onLive, view.PaymentDeclined, endpoint.Invalid("anchor_invalid")),
	}, resume, viewResult),
}
