package api

import (
	"net/http"
	"slices"
)

var cancelRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/cancel", id: "cancel-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "End a subscription", status: http.StatusOK,
	text: "What waits for the period's end or for money does not happen then. credit turns what is charged and not used into the " +
		"workspace's credit; refund pays it back as far as it was paid, and the rest becomes credit. A new date replaces an earlier one.",
	example: map[string]any{"when": "period_end"},
	refusals: append([]refusal{
		noSubscription, invalidTransition, tooFarBehind,
		{http.StatusUnprocessableEntity, "settlement_required", "the end is before the period's, and settlement is not given"},
	}, invalid("when_invalid", "settlement_invalid")...),
}

var uncancelRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/uncancel", id: "uncancel-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Let a subscription go on that is to end", status: http.StatusOK,
	text:     "Until the moment that it ends at.",
	refusals: append([]refusal{changeInProgress}, onLive...),
}

var pauseRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/pause", id: "pause-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Stop service and bills", status: http.StatusOK,
	text: "What is left of the period becomes credit. Whoever has a seat keeps it, and nobody gets one. What waits for the period's " +
		"end does not happen.",
	refusals: append([]refusal{changeInProgress}, onLive...),
}

var resumeRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/resume", id: "resume-subscription",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "Start service and bills again", status: http.StatusOK, waits: true,
	text:     "With automatic collection it stays paused until the invoice is paid.",
	example:  map[string]any{"anchor": "now"},
	refusals: slices.Concat([]refusal{changeInProgress}, onLive, invalid("anchor_invalid")),
}
