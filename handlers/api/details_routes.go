package api

import (
	"net/http"
	"slices"
)

const (
	billingDetailsPath = "/v1/workspaces/{workspace}/billing-details"
	memberDetailsPath  = "/v1/workspaces/{workspace}/members/{member}/details"
)

var noDetails = refusal{http.StatusNotFound, "details_not_found", "none were given, or they were erased"}

var memberDetailsInvalid = invalid("details_required", "display_name_invalid", "email_invalid")

var getBillingDetailsRoute = route{
	method: http.MethodGet, path: billingDetailsPath, id: "get-billing-details", tag: tagDetails, roles: everyRole,
	summary: "Who a workspace is billed as", status: http.StatusOK, versioned: true, refusals: []refusal{noDetails},
}

var putBillingDetailsRoute = route{
	method: http.MethodPut, path: billingDetailsPath, id: "set-billing-details", tag: tagDetails, roles: roleWorkspaces,
	summary: "Say who a workspace is billed as", status: http.StatusOK,
	text: "Replaces all that was there; the same again changes nothing. At least one of them must be given. An invoice goes on " +
		"showing those that were there when it was issued. A dry run does not show them: they are no part of what an event keeps.",
	example: map[string]any{
		"name": "Ada Lovelace", "email": "ada@example.com", "address": "12 St James's Square\nLondon", "tax_id": "GB123456789", "country": "GB",
	},
	refusals: slices.Concat(memberDetailsInvalid, invalid("address_invalid", "tax_id_invalid", "country_invalid")),
}

var deleteBillingDetailsRoute = route{
	method: http.MethodDelete, path: billingDetailsPath, id: "erase-billing-details", tag: tagDetails, roles: roleWorkspaces,
	summary: "Erase who a workspace is billed as", status: http.StatusOK,
	text: "For good, with all that were given before: no invoice shows them any more. That there were some stays in the log, and " +
		"every proof of it holds.",
	refusals: []refusal{noDetails},
}

var getMemberDetailsRoute = route{
	method: http.MethodGet, path: memberDetailsPath, id: "get-member-details", tag: tagDetails, roles: everyRole,
	summary: "Who a member is", status: http.StatusOK, versioned: true, refusals: []refusal{noDetails},
}

var putMemberDetailsRoute = route{
	method: http.MethodPut, path: memberDetailsPath, id: "set-member-details", tag: tagDetails, roles: roleWorkspaces,
	summary: "Say who a member is", status: http.StatusOK,
	text: "Replaces all that was there; the same again changes nothing. At least one of them must be given. A member needs no " +
		"seat to have details, and taking the seat back does not erase them.",
	example:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com"},
	refusals: memberDetailsInvalid,
}

var deleteMemberDetailsRoute = route{
	method: http.MethodDelete, path: memberDetailsPath, id: "erase-member-details", tag: tagDetails, roles: roleWorkspaces,
	summary: "Erase who a member is", status: http.StatusOK,
	text:     "For good, with all that were given before. That there were some stays in the log, and every proof of it holds.",
	refusals: []refusal{noDetails},
}
