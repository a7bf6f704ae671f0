package api

import (
	"net/http"
	"slices"
)

// How any command on a live subscription may be refused.
var onLive = []refusal{noSubscription, invalidTransition, tooFarBehind}

var changeInProgress = refusal{http.StatusConflict, "change_in_progress", "another change waits for its payment"}

// changesPlan is how a change of the price may be refused besides.
var changesPlan = []refusal{
	changeInProgress,
	{http.StatusConflict, "currency_mismatch", "the price is in another currency"},
	{http.StatusUnprocessableEntity, "seats_out_of_range", "the price has min_seats and max_seats"},
}

// changesSeats is how a change of the seats may be refused besides.
var changesSeats = []refusal{
	{http.StatusConflict, "seats_in_use", "more seats are in use than asked for"},
	{http.StatusConflict, "pending_change_conflict", "the price that begins with the next period does not allow so many seats"},
}

// byQuote is how a change with a quote may be refused besides.
var byQuote = []refusal{
	{http.StatusConflict, "quote_stale", "the subscription has changed since"},
	{http.StatusGone, "quote_expired", "it is older than an hour, or of an earlier period"},
	{http.StatusUnprocessableEntity, "quote_mismatch", "it is for another price or number of seats"},
	{http.StatusUnprocessableEntity, "quote_not_found", "it was not given to this workspace"},
}

var noChange = refusal{http.StatusUnprocessableEntity, "no_change", "the subscription is at this price already"}

var upgradeRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/upgrade", id: "upgrade-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Change to a better price at once", status: http.StatusOK, waits: true,
	text: "To a higher tier, or to the same tier and a longer interval. The seats, the collection and the time zone stay; a " +
		"longer interval begins a new period. What is left of the present period is credited and the new price charged, on one " +
		"invoice.",
	example: map[string]any{"price": "team-month"},
	refusals: slices.Concat(onLive, notForSale, changesPlan, byQuote, []refusal{
		paymentPastDue, noChange, {http.StatusConflict, "not_an_upgrade", "the tier is lower, or the same and the interval not longer"},
	}, invalid("name_invalid")),
}

var downgradeRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/downgrade", id: "downgrade-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Change to another price at the period's end", status: http.StatusOK,
	text: "To a lower tier, or to the same tier and an interval that is not longer. What waited for the period's end before is " +
		"replaced.",
	example: map[string]any{"price": "pro-month"},
	refusals: slices.Concat(onLive, notForSale, changesPlan, []refusal{
		noChange, {http.StatusConflict, "not_a_downgrade", "the tier is higher, or the same and the interval longer"},
	}, invalid("name_invalid")),
}

var changeSeatsRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/seats", id: "change-seats", tag: tagSubscriptions,
	roles: roleWorkspaces, summary: "Change the number of seats", status: http.StatusOK, waits: true,
	text: "The body has the new total. More seats are open at once, for one prorated line on an invoice. Fewer wait for the period's end " +
		"and are never fewer than in use by then; the present total, or more, takes that back.",
	example: map[string]any{"seats": 8},
	refusals: slices.Concat(onLive, changesSeats, byQuote, []refusal{
		changeInProgress, paymentPastDue,
		{http.StatusUnprocessableEntity, "seats_out_of_range", "the price has min_seats and max_seats"},
	}),
}

var removeUnusedSeatsRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/seats/remove-unused", id: "remove-unused-seats",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Give the seats back that nobody has", status: http.StatusOK,
	text:     "At the period's end. As many stay as are in use, and as the price has min_seats.",
	refusals: append([]refusal{changeInProgress}, onLive...),
}

var cancelPendingChangeRoute = route{
	method: http.MethodDelete, path: "/v1/workspaces/{workspace}/subscription/pending-change", id: "cancel-pending-change",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Take back what waits for the period's end", status: http.StatusOK,
	refusals: onLive,
}

var cancelPendingUpdateRoute = route{
	method: http.MethodDelete, path: "/v1/workspaces/{workspace}/subscription/pending-update", id: "cancel-pending-update",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Take back what waits for money", status: http.StatusOK,
	text:     "Its invoice becomes void, and what was paid of it credit. An incomplete subscription is canceled instead.",
	refusals: onLive,
}
