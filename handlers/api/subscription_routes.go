package api

import (
	"net/http"
	"slices"
)

var noSubscription = refusal{http.StatusNotFound, "no_subscription", "the workspace never had one"}

var (
	invalidTransition = refusal{http.StatusConflict, "invalid_transition", "the state does not allow it: the status, an end that is decided, or that there is nothing to undo"}
	paymentPastDue    = refusal{http.StatusPaymentRequired, "payment_past_due", "an invoice is overdue"}
	tooFarBehind      = refusal{http.StatusConflict, "too_far_behind", "more than six periods are to be billed first"}
)

// What is said of a price that is to be bought.
var notForSale = []refusal{
	priceNotFound,
	{http.StatusConflict, "price_archived", "the price has no new sales"},
	{http.StatusConflict, "product_archived", "its product has no new sales"},
}

var createSubscriptionRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription", id: "create-subscription", tag: tagSubscriptions,
	roles: roleWorkspaces, summary: "Buy a subscription", status: http.StatusCreated, waits: true,
	text: "A workspace has at most one subscription that has not ended. With send_invoice it is active at once, its seats are open at " +
		"once and its invoice is issued: all of it is written together. With automatic it is incomplete and its invoice open until " +
		"that is paid, which it may be for 23 hours.",
	example: map[string]any{"price": "pro-month", "seats": 5, "collection": "send_invoice"},
	refusals: slices.Concat([]refusal{
		{http.StatusConflict, "subscription_exists", "the workspace has one already"},
		{http.StatusConflict, "seats_in_use", "more seats are in use than asked for"},
		tooFarBehind,
		{http.StatusUnprocessableEntity, "currency_mismatch", "the coupon takes off an amount of another currency"},
	}, notForSale, invalid("name_invalid", "seats_out_of_range", "collection_invalid",
		"payment_method_not_found", "coupon_not_found", "days_until_due_invalid", "time_zone_unknown", "billing_anchor_invalid")),
}

var getSubscriptionRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/subscription", id: "get-subscription", tag: tagSubscriptions,
	roles: everyRole, summary: "A workspace's latest subscription", status: http.StatusOK, versioned: true,
	refusals: []refusal{noSubscription},
}

var listSubscriptionsRoute = route{
	method: http.MethodGet, path: "/v1/subscriptions", id: "list-subscriptions", tag: tagSubscriptions, roles: roleReaders,
	summary: "List the latest subscription of each workspace", text: "In the order of the workspaces' names.", status: http.StatusOK,
	parameters: listParameters(
		parameter{name: "status", text: "Only those of this status.", pattern: "^[a-z_]{0,32}$", valid: filterWord, must: "a status, such as active"},
		parameter{name: "price", text: "Only those at this price.", pattern: "^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$", valid: filterName, must: "the code of a price"},
	),
}
