package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var cancelRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/cancel", ID: "cancel-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "End a subscription",
		Text: "What waits for the period's end or for money does not happen then. credit turns what is charged and not used into the " +
			"workspace's credit; refund pays it back as far as it was paid, and the rest becomes credit. A new date replaces an earlier one.",
		Example: map[string]any{"when": "period_end"},
		Refusals: slices.Concat(onLive,
			endpoint.Unprocessable("settlement_required", "the end is before the period's, and settlement is not given"),
			endpoint.Invalid("when_invalid", "settlement_invalid")),
	}, cancel, viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/uncancel", ID: "uncancel-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Let a subscription go on that is to end",
		Text:     "Until the moment that it ends at.",
		Refusals: slices.Concat(changeInProgress, onLive),
	}, endpoint.OfWorkspace(command.UncancelSubscription), viewResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/pause", ID: "pause-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Stop service and bills",
		Text: "What is left of the period becomes credit. Whoever has a seat keeps it, and nobody gets one. What waits for the period's " +
			"end does not happen.",
		Refusals: slices.Concat(changeInProgress, onLive),
	}, pause, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/resume", ID: "resume-subscription", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Start service and bills again", Waits: true,
		Text:     "With automatic collection it stays paused until the invoice is paid.",
		Example:  map[string]any{"anchor": "now"},
		Refusals: slices.Concat(changeInProgress, onLive, endpoint.Invalid("anchor_invalid")),
	}, resume, viewResult),
}
