package payments

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

var (
	noMethod   = endpoint.NotFound("payment_method_not_found", "the workspace has no such payment method")
	inProgress = endpoint.Conflict("payment_in_progress", "a gateway is taking money by it, or may have")
	// notConfigured refuses pages of a live ledger that can't take money.
	notConfigured = endpoint.Unprocessable("gateway_not_configured", "a live ledger has no secret key for a gateway")
)

func methodRoutes(gateways gateway.Set) []endpoint.Route {
	const path, onePath = "/v1/workspaces/{workspace}/payment-methods", "/v1/workspaces/{workspace}/payment-methods/{payment_method}"
	return []endpoint.Route{
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: path, ID: "list-payment-methods", Tag: tag, Roles: endpoint.RolesAll,
			Summary: "List a workspace's payment methods", Versioned: true,
		}, projections.Payments, listMethods),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: path, ID: "add-payment-method", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Add a payment method", Status: http.StatusCreated,
			Text: "The gateway is asked whether it knows the token. Invoices of automatic collection are paid by the default method from then on, " +
				"and a new default is asked at once for what is past due.",
			Example: map[string]any{"gateway": "sandbox", "token": "tok_ok"},
			Refusals: slices.Concat(
				endpoint.Declined("payment_method_declined", "the gateway does not take it"),
				endpoint.Conflict("gateway_unreachable", "the gateway can't be reached now"),
				endpoint.Conflict("payment_methods_full", "the workspace has as many as it may have"),
				endpoint.Invalid("token_unknown", "gateway_unknown", "gateway_not_configured")),
		}, addMethod(gateways), viewMethod),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: path + "/setup", ID: "set-up-payment-method", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Make a page on which a person adds a payment method", Status: http.StatusCreated,
			Text: "The page opens for an hour, adds one method, and leads back to return_url. Nothing is written before. In a live ledger it is one " +
				"of Stripe Checkout.",
			Example: map[string]any{"return_url": "https://example.com/billing"},
			Refusals: slices.Concat(endpoint.Invalid("return_url_invalid"), notConfigured,
				endpoint.Conflict("gateway_unreachable", "the gateway can't be reached now")),
		}, func(c *endpoint.Call, b setUpPaymentMethodBody) command.Command[paymentSetupView] {
			return setUp(c, gateways, b)
		}, asShown[paymentSetupView]),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPut, Path: onePath + "/default", ID: "set-default-payment-method", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Make a payment method the default", Text: "It is asked at once for what is past due.",
			Refusals: slices.Concat(noMethod, view.TooFarBehind),
		}, setDefaultMethod, viewMethod),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodDelete, Path: onePath, ID: "remove-payment-method", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Remove a payment method", Text: "Removing the default leaves none.",
			Refusals: slices.Concat(noMethod, view.TooFarBehind, inProgress),
		}, removeMethod, viewMethod),
	}
}
