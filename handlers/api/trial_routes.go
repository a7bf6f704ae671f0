package api

import (
	"net/http"
	"slices"
)

// What is said of a trial that nothing can be done with any more.
var noTrialRuns = []refusal{noSubscription, invalidTransition, tooFarBehind}

var startTrialRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/trial", id: "start-trial", tag: tagTrials, roles: roleWorkspaces,
	summary: "Start a trial", status: http.StatusCreated,
	text: "A workspace tries each family of products once. The trial has a subscription with the status trialing, and its seats are " +
		"open at once; seats and plan change at once, free of charge. It lasts the price's trial_days, the day of the start " +
		"included. At its end a payment method or send_invoice makes it paid, and else at_end says what becomes of it: free " +
		"and cancel end it, pause keeps it and lets nobody in. The ETag is the subscription's.",
	example: map[string]any{"price": "pro-try", "seats": 5},
	refusals: slices.Concat([]refusal{
		{http.StatusConflict, "trial_already_used", "the workspace has tried the family; with start and trial_status"},
		{http.StatusConflict, "subscription_exists", "the workspace has a subscription that has not ended"},
		{http.StatusConflict, "seats_in_use", "more seats are in use than asked for"},
		{http.StatusUnprocessableEntity, "no_trial", "the price has no trial_days"},
		tooFarBehind,
	}, notForSale, invalid("name_invalid", "seats_out_of_range", "time_zone_unknown", "at_end_invalid")),
}

var convertTrialRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/trial/convert", id: "convert-trial", tag: tagTrials, roles: roleWorkspaces,
	summary: "Make a trial paid", status: http.StatusOK, waits: true,
	text: "With the anchor now the first paid period begins and is billed now; where money is collected it is a trial until that " +
		"came, which it may for 23 hours and never past its end. With trial_end it becomes paid at its end.",
	example: map[string]any{"collection": "send_invoice"},
	refusals: slices.Concat(noTrialRuns, []refusal{
		{http.StatusConflict, "change_in_progress", "a change waits for its money"},
		{http.StatusConflict, "currency_mismatch", "the price is in another currency"},
		{http.StatusConflict, "family_mismatch", "the price is of another family"},
		{http.StatusConflict, "seats_in_use", "more seats are in use than asked for"},
	}, notForSale, invalid("name_invalid", "seats_out_of_range", "collection_invalid", "payment_method_not_found", "anchor_invalid")),
}

var cancelTrialRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/trial/cancel", id: "cancel-trial", tag: tagTrials, roles: roleWorkspaces,
	summary: "End a trial at once", status: http.StatusOK, refusals: noTrialRuns,
	text: "The workspace is on the free plan then. Nobody loses a seat, but nobody gets one until the free plan has room.",
}

var extendTrialRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/trial/extend", id: "extend-trial", tag: tagTrials, roles: roleAdmins,
	summary: "Let a trial end later", status: http.StatusOK,
	example: map[string]any{"end": "2030-01-31T00:00:00Z", "reason": "the integration took longer"},
	refusals: slices.Concat(noTrialRuns, []refusal{
		{http.StatusConflict, "change_in_progress", "a change waits for its money"},
	}, invalid("end_invalid", "reason_invalid")),
}

var listTrialsRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/trial", id: "list-trials", tag: tagTrials, roles: everyRole,
	summary: "List a workspace's trials", text: "In the order of the families' names. A trial whose time is up has ended, whether " +
		"or not anything has happened since.",
	status: http.StatusOK, parameters: listParameters(),
}
