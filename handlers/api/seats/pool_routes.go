package seats

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var poolRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/seats", ID: "get-seats", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a workspace's seats and members", Parameters: endpoint.ListParameters(), Versioned: true,
		Text: "A workspace in which nothing was ever done has the free plan's seats and no members.",
	}, projections.Seats, getSeats),
	endpoint.Ask(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/seats/check", ID: "check-seats", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Check whether there is room for invitations",
		Text:     "True of this moment, and nothing is kept: whoever allocates first has the seat.",
		Example:  map[string]any{"invite": []any{map[string]any{"role": "member"}, map[string]any{"role": "guest"}}},
		Refusals: endpoint.Unprocessable("role_invalid", "a role is none of the three"),
	}, checkSeats, viewRoom),
}
