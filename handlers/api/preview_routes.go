package api

import (
	"net/http"
	"slices"
)

var previewRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/subscription/proration-preview", id: "preview-change",
	tag: tagSubscriptions, roles: roleWorkspaces, summary: "What a change would cost", status: http.StatusOK,
	text: "Priced by what would carry the change out, and refused as that would be. The quote is priced at this moment and lives " +
		"an hour, never past the period's end; it is void once the subscription changes.",
	example: map[string]any{"price": "team-month"},
	refusals: slices.Concat([]refusal{paymentPastDue}, onLive, notForSale, changesPlan, changesSeats,
		invalid("name_invalid", "no_change", "at_invalid", "nothing_to_preview", "one_change")),
}

var upcomingRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/subscription/upcoming-invoice", id: "get-upcoming-invoice",
	tag: tagInvoices, roles: everyRole, summary: "What the next renewal will bill", status: http.StatusOK,
	text: "If nothing happens before: what waits for the period's end is in it, what waits for money is not. Of a trial, its first " +
		"invoice if it is to be paid.",
	refusals: []refusal{
		noSubscription,
		{http.StatusNotFound, "no_upcoming_invoice", "the subscription will not be billed again"},
		tooFarBehind,
	},
}
