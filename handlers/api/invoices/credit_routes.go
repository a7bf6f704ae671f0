package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var creditRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/credits", ID: "grant-credit", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Grant a workspace credit", Status: http.StatusCreated,
		Text:     "It pays the oldest unpaid invoice in its currency at once, and what is left the next ones. It has no invoice: what takes an invoice back is a credit note.",
		Example:  map[string]any{"amount": map[string]any{"amount": "5.00", "currency": "USD"}, "reason": "thank you for waiting"},
		Refusals: slices.Concat(view.TooFarBehind, view.AmountOutOfRange, endpoint.Invalid("amount_invalid", "reason_invalid")),
	}, grantCredit, viewCredit),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/credits", ID: "list-credits", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List what became of a workspace's credit", Text: "In the order in which it happened.",
		Parameters: endpoint.ListParameters(),
	}, projections.Invoices, listCredits),
}
