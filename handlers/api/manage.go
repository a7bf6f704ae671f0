package api

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
)

// collectionBody is the body of PUT …/subscription/collection.
type collectionBody struct {
	Collection    string  `json:"collection" enum:"automatic,send_invoice"`
	PaymentMethod *string `json:"payment_method,omitempty" doc:"There are none yet."`
	DaysUntilDue  *int    `json:"days_until_due,omitempty" minimum:"0" maximum:"365" doc:"30 where an invoice is sent, and 0 where money is collected, when it is not given."`
}

// discountBody is the body of POST …/subscription/discount.
type discountBody struct {
	Coupon string `json:"coupon" example:"spring"`
}

var changeCollectionRoute = route{
	method: http.MethodPut, path: "/v1/workspaces/{workspace}/subscription/collection", id: "change-collection",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Change how invoices are paid", status: http.StatusOK,
	text:    "Invoices that are made already stay as they are.",
	example: map[string]any{"collection": "send_invoice", "days_until_due": 14},
	refusals: slices.Concat([]refusal{changeInProgress}, onLive,
		invalid("collection_invalid", "payment_method_not_found", "days_until_due_invalid")),
}

var applyDiscountRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/discount", id: "apply-discount",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Take something off the periods to come", status: http.StatusOK,
	text:    "From the next period on, for as many as the coupon says, and instead of what another coupon takes off.",
	example: map[string]any{"coupon": "spring"},
	refusals: append([]refusal{
		{http.StatusUnprocessableEntity, "coupon_not_found", "there is no such coupon"},
		{http.StatusUnprocessableEntity, "currency_mismatch", "it takes off an amount of another currency"},
	}, onLive...),
}

var removeDiscountRoute = route{
	method: http.MethodDelete, path: "/v1/workspaces/{workspace}/subscription/discount", id: "remove-discount",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "End a discount", status: http.StatusOK,
	text:     "No charge has it from now on; what was billed stays.",
	refusals: append([]refusal{{http.StatusNotFound, "no_discount", "the subscription has none"}}, onLive...),
}

// manageRoutes change how a subscription is paid, and what is taken off.
func manageRoutes() []route {
	return []route{
		commandRoute(changeCollectionRoute, func(c *call, b collectionBody) command.Command[command.Subscription] {
			return command.ChangeCollection(c.workspace(), subscription.ChangeCollection{
				Collection: subscription.Collection(b.Collection), PaymentMethod: b.PaymentMethod, DaysUntilDue: b.DaysUntilDue,
			})
		}, viewSubscriptionResult),
		commandRoute(applyDiscountRoute, func(c *call, b discountBody) command.Command[command.Subscription] {
			return command.ApplyDiscount(c.workspace(), b.Coupon)
		}, viewSubscriptionResult),
		commandRoute(removeDiscountRoute, func(c *call, _ noBody) command.Command[command.Subscription] {
			return command.RemoveDiscount(c.workspace())
		}, viewSubscriptionResult),
	}
}
