package payments

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var noPayment = endpoint.NotFound("payment_not_found", "the ledger has no such payment")

var (
	filterWorkspace = endpoint.NameFilter("workspace", "Only those of this workspace.", "the name of a workspace")
	filterInvoice   = endpoint.NameFilter("invoice", "Only those for this invoice.", "the id of an invoice")
	filterStatus    = endpoint.ChoiceFilter("status", "Only those of this status.", payment.Statuses)
	filterGateway   = endpoint.NameFilter("gateway", "Only those that this gateway takes.", "the name of a gateway")
)

var paymentRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/payments", ID: "list-payments", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List payments", Text: "Those that gateways take, and money that was recorded by hand, in the order in which they were made.",
		Parameters: endpoint.ListParameters(filterWorkspace, filterInvoice, filterStatus, filterGateway),
	}, projections.Payments, listPayments),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/payments/{payment}", ID: "get-payment", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get a payment", Versioned: true, Refusals: noPayment,
	}, projections.Payments, getPayment),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/payments/{payment}/resolve", ID: "resolve-payment", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Resolve a payment", Text: "Says what a person found out at the gateway about a payment that is unknown, and that its gateway was asked for often enough.",
		Example: map[string]any{"outcome": "failed", "reference": "ticket 4711", "reason": "the gateway has no such charge"},
		Needs:   "a payment whose gateway never tells",
		Refusals: slices.Concat(noPayment, endpoint.Conflict("invalid_transition", "its outcome is known, or the gateway is still asked for it"),
			endpoint.Invalid("outcome_invalid", "reference_invalid", "reason_invalid")),
	}, resolvePayment, viewResolved),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/payments", ID: "list-workspace-payments", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "List a workspace's payments", Text: "Those that gateways take, and money that was recorded by hand, in the order in which they were made.",
		Parameters: endpoint.ListParameters(filterInvoice, filterStatus, filterGateway),
	}, projections.Payments, listPayments),
}
