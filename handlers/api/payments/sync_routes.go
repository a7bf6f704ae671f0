package payments

import (
	"net/http"
	"slices"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
)

// syncTimeout bounds a comparison: a gateway tells a hundred charges at a time.
const syncTimeout = 10 * time.Minute

// SyncRoutes gives the routes that compare the ledger with its gateways.
func SyncRoutes(deadlines *process.Deadlines) []endpoint.Route {
	refusals := endpoint.Conflict("gateway_unreachable", "a gateway that the ledger uses can't be reached now, or has no key")
	return []endpoint.Route{
		endpoint.Act(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/billing-sync", ID: "sync-billing", Tag: tag, Roles: endpoint.RolesMoney, Timeout: syncTimeout,
			Summary: "Compare the ledger with its gateways",
			Text: "Asks each gateway for its charges, refunds, disputes and payment methods, and shows what it knows otherwise than the ledger. " +
				"Nothing is changed. A charge that is just being made is left out.",
			Example:  map[string]any{"workspace": "acme"},
			Refusals: slices.Concat(refusals, endpoint.Invalid("name_invalid")),
		}, syncBilling(deadlines)),
		endpoint.Act(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/billing-sync/repair", ID: "repair-billing", Tag: tag, Roles: endpoint.RolesMoney, Timeout: syncTimeout,
			Summary: "Repair differences with gateways",
			Text: "Records what the gateways know and the ledger does not, by the same rules as when they tell it. The gateways are asked again " +
				"before, so that a difference which is not there any more is left.",
			Example:  map[string]any{"differences": []string{"8b1f6c1e-5f0a-5d8e-9c55-0d7a3f7f2f10"}},
			Refusals: refusals,
		}, repairBilling(deadlines)),
	}
}
