package payments

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
)

var noGateway = endpoint.NotFound("gateway_not_found", "a live ledger has no sandbox gateway")

func sandboxRoutes(other *sandbox.Gateway) []endpoint.Route {
	return []endpoint.Route{
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/sandbox/charges", ID: "list-sandbox-charges", Tag: tagSandbox, Roles: endpoint.RolesReading,
			Summary: "List what the sandbox gateway was asked", Text: "One row a key, in the order in which they came first.",
			Parameters: endpoint.ListParameters(filterWorkspace,
				endpoint.NameFilter("payment", "Only those of this payment.", "the id of a payment"),
				endpoint.NameFilter("refund", "Only those of this refund.", "the id of a refund")),
			Refusals: noGateway,
		}, listCharges(other)),
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/sandbox/totals", ID: "get-sandbox-totals", Tag: tagSandbox, Roles: endpoint.RolesReading,
			Summary: "Add up what the sandbox gateway was asked", Refusals: noGateway,
		}, getTotals(other)),
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/sandbox/gateway", ID: "get-sandbox-gateway", Tag: tagSandbox, Roles: endpoint.RolesReading,
			Summary: "Get how the sandbox gateway behaves", Refusals: noGateway,
		}, getGateway(other)),
		endpoint.Act(endpoint.Route{
			Method: http.MethodPut, Path: "/v1/sandbox/gateway", ID: "set-sandbox-gateway", Tag: tagSandbox, Roles: endpoint.RolesAdmin,
			Summary: "Set how the sandbox gateway behaves", Text: "What is not given takes its default. An Idempotency-Key is ignored.",
			Example:  map[string]any{"fee_rate": "0.029", "fee_fixed": "0.30", "settle_days": 2},
			Refusals: slices.Concat(noGateway, endpoint.Invalid("latency_invalid", "fee_invalid", "settle_days_invalid")),
		}, setGateway(other)),
	}
}
