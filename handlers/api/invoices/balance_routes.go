package invoices

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var balanceRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/balance", ID: "get-balance", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a workspace's balance", Text: "What it has to pay, and its credit, of each currency; nothing of one pays for another.",
	}, projections.Invoices, getBalance),
}
