package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var lineInvalid = slices.Concat(view.AmountOutOfRange, endpoint.Invalid("currency_required", "currency_unknown", "description_invalid",
	"quantity_invalid", "unit_amount_invalid", "tax_rate_invalid", "tax_behavior_invalid", "period_invalid"))

var itemRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/invoices", ID: "issue-invoice", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Issue a one-off invoice", Status: http.StatusCreated,
		Text: "For what is beside the seats, at once, with the reason manual. Nothing waits for its money, and no coupon discounts it; the " +
			"workspace's credit pays it as far as it goes. A workspace needs no subscription.",
		Example: map[string]any{"currency": "USD", "lines": []any{map[string]any{"description": "Setup", "quantity": 2, "unit_amount": "150.00"}}},
		Refusals: slices.Concat(view.TooFarBehind, lineInvalid,
			endpoint.Invalid("lines_invalid", "collection_invalid", "days_until_due_invalid")),
	}, issueOneOff, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/invoice-items", ID: "add-invoice-item", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Add an item to the next invoice", Status: http.StatusCreated,
		Text: "It waits for the invoice of the next renewal, or of a subscription that begins. When the subscription ends before, an " +
			"invoice of its own bills it. No coupon discounts it.",
		Example: map[string]any{"currency": "USD", "description": "Setup", "unit_amount": "150.00"},
		Refusals: slices.Concat(view.TooFarBehind, lineInvalid,
			endpoint.Invalid("currency_mismatch"),
			endpoint.Conflict("items_too_many", "500 of them wait already")),
	}, addItem, viewItem),
	endpoint.AskQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/invoice-items", ID: "list-invoice-items", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "List the items that wait for the next invoice", Text: "In the order in which they came.", Parameters: endpoint.ListParameters(),
	}, listItems, viewItems),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/invoice-items/{item}", ID: "remove-invoice-item", Tag: tag,
		Roles: endpoint.RolesMoney, Summary: "Remove an item from the next invoice",
		Refusals: slices.Concat(view.TooFarBehind,
			endpoint.NotFound("item_not_found", "no such item waits: there never was one, or it is billed"),
			endpoint.Conflict("item_on_invoice", "an invoice that waits for money has it")),
	}, removeItem, viewItem),
}
