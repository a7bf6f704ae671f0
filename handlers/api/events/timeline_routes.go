package events

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

func timelineRoutes(l Log) []endpoint.Route {
	return []endpoint.Route{
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/timeline", ID: "get-timeline", Tag: Tag, Roles: endpoint.RolesAll,
			Summary: "Get what happened in a workspace", Parameters: endpoint.ListParameters(),
			Text: "In words, the newest first: what became of its subscription, trials, seats, invoices, credit and details. No personal " +
				"data is in the words.",
		}, projections.Timeline, l.listTimeline),
	}
}
