package payments

import (
	"net/http"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var noDispute = endpoint.NotFound("dispute_not_found", "there is no such dispute")

var disputeRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/disputes", ID: "list-disputes", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List disputes", Text: "Payments that customers dispute at their banks, in the order in which that was told.",
		Parameters: endpoint.ListParameters(filterWorkspace, endpoint.ChoiceFilter("status", "Only those of this status.", payment.DisputeStatuses)),
	}, projections.Payments, listDisputes),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/disputes/{dispute}", ID: "get-dispute", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get a dispute", Refusals: noDispute,
	}, projections.Payments, getDispute),
}
