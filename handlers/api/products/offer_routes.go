package products

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var offerRoutes = []endpoint.Route{
	endpoint.AskQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/products", ID: "list-offers", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List what a workspace can buy, and what it would pay",
		Text: "Archived products and prices are left out, and prices whose max_seats are fewer than the billable members. The ETag " +
			"is the subscription's.",
	}, endpoint.OfWorkspace(command.FindOffers), viewOffers),
}
