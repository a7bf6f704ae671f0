package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var upcomingRoutes = []endpoint.Route{
	endpoint.AskQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/subscription/upcoming-invoice", ID: "get-upcoming-invoice", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "Get the upcoming invoice",
		Text: "What the next renewal will bill if nothing happens before: what waits for the period's end is in it, what waits for money " +
			"is not. Of a trial, its first invoice if it is to be paid.",
		Refusals: slices.Concat(view.NoSubscription,
			endpoint.NotFound("no_upcoming_invoice", "the subscription will not be billed again"),
			view.TooFarBehind),
	}, endpoint.OfWorkspace(command.UpcomingInvoice), viewUpcoming),
}
