package payments

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
)

var noLink = endpoint.NotFound("payment_link_not_found", "the ledger has no such payment link")

func linkRoutes(gateways gateway.Set) []endpoint.Route {
	return []endpoint.Route{
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/portal", ID: "open-portal", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Open the customer's pages", Status: http.StatusCreated,
			Text: "Makes an address of pages for an hour, on which a person sees the plan, changes it, its seats and payment methods, cancels, and has " +
				"invoices and billing details. The pages do what the API does. Nothing is written before.",
			Example:  map[string]any{"return_url": "https://example.com/billing"},
			Refusals: endpoint.Invalid("return_url_invalid", "page_invalid"),
		}, openPortal, asShown[portalView]),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/payment-links", ID: "create-payment-link", Tag: tag,
			Roles: endpoint.RolesWorkspaces, Summary: "Make a payment link", Status: http.StatusCreated,
			Text: "Makes an address of a page on which a person pays, once: for a subscription that begins then, or for an invoice. What is charged, " +
				"the price, the discount and the tax are those of now. A decline leaves the link open. A subscription's method is kept, and pays its " +
				"renewals. In a live ledger the page is one of Stripe Checkout, for a day at most; after that url leads to a page " +
				"here that opens another one.",
			Example: map[string]any{"price": "pro-month", "seats": 3},
			Needs:   "a workspace without a subscription",
			Refusals: slices.Concat(
				endpoint.Unprocessable("price_or_invoice", "either price with seats, coupon and time_zone, or invoice must be given"),
				notConfigured,
				endpoint.Conflict("gateway_unreachable", "the gateway can't be reached now"),
				endpoint.Conflict("gateway_refused", "the gateway makes no page for such an amount"),
				endpoint.Invalid("expires_at_invalid", "seats_out_of_range", "coupon_not_found", "time_zone_unknown", "name_invalid"),
				view.PriceNotFound, view.TooFarBehind, view.AmountOutOfRange,
				endpoint.Conflict("price_archived", "the price has no new sales"),
				endpoint.Conflict("product_archived", "its product has no new sales"),
				endpoint.Conflict("subscription_exists", "the workspace has one already"),
				endpoint.Conflict("license_active", "the workspace's plan is a license"),
				endpoint.Conflict("seats_in_use", "more seats are in use than it would sell"),
				endpoint.Unprocessable("currency_mismatch", "the coupon takes off an amount of another currency"),
				view.PaymentPastDue,
				endpoint.NotFound("invoice_not_found", "the workspace has no such invoice"),
				endpoint.Conflict("invoice_voided", "the invoice is void"),
				endpoint.Conflict("invoice_paid", "nothing of it is to be paid")),
		}, createLink(gateways), asShown[paymentLinkView]),
		endpoint.AskQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/payment-links/{payment_link}", ID: "get-payment-link", Tag: tag, Roles: endpoint.RolesAll,
			Summary: "Get a payment link", Refusals: noLink,
		}, getLink, viewLink),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/payment-links/{payment_link}/cancel", ID: "cancel-payment-link", Tag: tag, Roles: endpoint.RolesWorkspaces,
			Summary: "Cancel a payment link", Text: "Nobody can pay by it any more. What expired stays expired.",
			Refusals: slices.Concat(noLink, inProgress, endpoint.Conflict("link_completed", "it was paid")),
		}, cancelLink(gateways), asShown[paymentLinkView]),
	}
}
