package api

import (
	"net/http"
	"slices"
)

var memberNotFound = refusal{http.StatusNotFound, "member_not_found", "the workspace has no such member"}

// What is said when a pool is full.
var noSeats = []refusal{
	{http.StatusConflict, "no_seat_available", "the limit is reached; with purchased, allocated and reserved"},
	{http.StatusConflict, "no_guest_seat_available", "the guests' limit is reached"},
}

var allocateRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/seats", id: "allocate-seat", tag: tagSeats, roles: roleWorkspaces,
	summary: "Give a member a seat, or keep one for an invitation", status: http.StatusCreated,
	text: "Admins and members share the purchased seats; guests have guests_per_seat places for each of those. On the free plan " +
		"all roles share the free seats.",
	example: map[string]any{"member": "ada", "role": "member"},
	refusals: slices.Concat([]refusal{{http.StatusConflict, "member_exists", "the member has a seat already"}}, noSeats,
		invalid("name_invalid", "role_invalid", "state_invalid", "expires_at_not_allowed", "expires_at_invalid")),
}

var acceptRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/seats/{member}/accept", id: "accept-seat", tag: tagSeats,
	roles: roleWorkspaces, summary: "Turn an invitation into an allocation", status: http.StatusOK,
	text: "Of the same seat: it can't fail for want of one.",
	refusals: []refusal{
		memberNotFound,
		{http.StatusConflict, "invitation_expired", "it lapsed"},
		{http.StatusConflict, "invalid_transition", "the seat is allocated already"},
	},
}

var changeRoleRoute = route{
	method: http.MethodPut, path: "/v1/workspaces/{workspace}/seats/{member}", id: "change-role", tag: tagSeats,
	roles: roleWorkspaces, summary: "Change a member's role", status: http.StatusOK,
	text:    "The present role changes nothing.",
	example: map[string]any{"role": "admin"},
	refusals: slices.Concat([]refusal{memberNotFound, {http.StatusConflict, "invitation_expired", "the invitation lapsed"}}, noSeats,
		invalid("role_invalid")),
}

var releaseRoute = route{
	method: http.MethodDelete, path: "/v1/workspaces/{workspace}/seats/{member}", id: "release-seat", tag: tagSeats,
	roles: roleWorkspaces, summary: "Take a member's seat back", status: http.StatusOK,
	text:     "Also an invitation's. The purchased seats stay as many as they are.",
	refusals: []refusal{memberNotFound},
}

var syncRoute = route{
	method: http.MethodPut, path: "/v1/workspaces/{workspace}/seats", id: "sync-seats", tag: tagSeats, roles: roleWorkspaces,
	summary: "Make the members equal to a list", status: http.StatusOK, bodyMax: bodyBytesMaxSeats,
	text: "Whoever is not on the list loses the seat, the others get or change theirs, all at once: with one too many nothing " +
		"changes. The limits judge the end alone, so members can be swapped in a full pool.",
	example:  map[string]any{"members": []any{map[string]any{"member": "ada", "role": "admin"}, map[string]any{"member": "bob", "role": "guest"}}},
	refusals: slices.Concat(noSeats, invalid("name_invalid", "duplicate_member", "role_invalid", "state_invalid")),
}
