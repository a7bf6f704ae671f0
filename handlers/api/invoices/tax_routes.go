package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var taxRoutes = []endpoint.Route{
	endpoint.AskQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/tax", ID: "get-tax", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Tell how a workspace is taxed", Text: "By the standard of its prices until something else is set.",
	}, endpoint.OfWorkspace(command.FindTax), viewFoundTax),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/tax", ID: "set-tax", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Set how a workspace is taxed",
		Text: "Over the rates of prices, for bills from then on. What an inclusive price comes to stays what is to be paid: without tax all of " +
			"it is net. Quotes and changes that wait for money keep the tax that they were priced with, and a credit always gives " +
			"back the very tax that was charged.",
		Example: map[string]any{"status": "exempt", "reason": "Charity, certificate 4711"},
		Refusals: slices.Concat(view.TooFarBehind, view.AmountOutOfRange,
			endpoint.Invalid("status_invalid", "rate_not_allowed", "tax_rate_invalid", "reason_required", "reason_invalid")),
	}, setTax, viewTax),
}
