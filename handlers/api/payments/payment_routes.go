package payments

import (
	"net/http"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var (
	filterWorkspace = endpoint.NameFilter("workspace", "Only those of this workspace.", "the name of a workspace")
	filterInvoice   = endpoint.NameFilter("invoice", "Only those for this invoice.", "the id of an invoice")
	filterStatus    = endpoint.ChoiceFilter("status", "Only those of this status.", payment.Statuses)
	filterGateway   = endpoint.NameFilter("gateway", "Only those that this gateway takes.", "the name of a gateway")
)

var paymentRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/payments", ID: "list-payments", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List payments", Text: "Those that gateways take, in the order in which they were made.",
		Parameters: endpoint.ListParameters(filterWorkspace, filterInvoice, filterStatus, filterGateway),
	}, projections.Payments, listPayments),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/payments/{payment}", ID: "get-payment", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get a payment", Versioned: true, Refusals: endpoint.NotFound("payment_not_found", "the ledger has no such payment"),
	}, projections.Payments, getPayment),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/payments", ID: "list-workspace-payments", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "List a workspace's payments", Text: "Those that gateways take, in the order in which they were made.",
		Parameters: endpoint.ListParameters(filterInvoice, filterStatus, filterGateway),
	}, projections.Payments, listPayments),
}
