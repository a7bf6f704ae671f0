package subscriptions

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var planRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces", ID: "list-workspaces", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List all workspaces with their plans", Parameters: endpoint.ListParameters(),
		Text: "In the order of their names: every workspace in which something was ever done.",
	}, projections.Plans, listWorkspaces),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/current-plan", ID: "get-current-plan", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "Get a workspace's current plan",
		Text: "What it may use now. Always answers: a workspace in which nothing was ever done is on the free plan, and has none where the " +
			"ledger has no free product.",
	}, projections.Plans, getPlan),
}
