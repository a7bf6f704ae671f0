package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var inProgress = endpoint.Conflict("payment_in_progress", "a gateway is taking the money for it, or may have")

var payRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/pay", ID: "pay-invoice", Tag: tag, Roles: endpoint.RolesPaying,
		Summary: "Pay an invoice", Waits: true,
		Text: "Has the gateway asked for what is to be paid, and waits for it, at most five seconds. What waits for the money of an open " +
			"invoice ends when it is declined within that time. A payment that failed is tried again by another attempt.",
		Example: map[string]any{},
		Needs:   "an invoice that money is expected for, of a workspace with a default payment method",
		Refusals: slices.Concat(noInvoice, view.TooFarBehind, invoiceVoided, inProgress, view.PaymentDeclined,
			endpoint.Conflict("invoice_paid", "nothing of it is to be paid"),
			endpoint.Conflict("no_payment_method", "the workspace has no default payment method"),
			endpoint.Invalid("payment_method_not_found")),
	}, payInvoice, viewPaying),
}
