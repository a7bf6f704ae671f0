package seats

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	memberNotFound    = endpoint.NotFound("member_not_found", "the workspace has no such member")
	invalidTransition = endpoint.Conflict("invalid_transition", "the seat is allocated already")
)

// noSeats lists the refusals of a full pool.
var noSeats = slices.Concat(
	endpoint.Conflict("pending_change_conflict", "the price that begins with the next period does not have the seat"),
	endpoint.Conflict("no_seat_available", "the limit is reached; with purchased, allocated and reserved"),
	endpoint.Conflict("no_guest_seat_available", "the guests' limit is reached"),
	endpoint.Conflict("license_out_of_sync", "the license comes from elsewhere, and was not confirmed for seven days or longer"),
)

// syncBytesMax lets a list have ten thousand members with the longest names, indented.
const syncBytesMax = 2 << 20

var seatRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/seats", ID: "allocate-seat", Tag: tag, Roles: endpoint.RolesWorkspaces,
		Summary: "Allocate a seat", Status: http.StatusCreated,
		Text: "To a member, or kept for an invitation. Admins and members share the purchased seats; guests have guests_per_seat places " +
			"for each of those. On the free plan all roles share the free seats.",
		Example: map[string]any{"member": "ada", "role": "member"},
		Refusals: slices.Concat(endpoint.Conflict("member_exists", "the member has a seat already"), noSeats,
			endpoint.Invalid("name_invalid", "role_invalid", "state_invalid", "expires_at_not_allowed", "expires_at_invalid")),
	}, allocateSeat, viewSeat),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/seats/{member}/accept", ID: "accept-seat", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Accept a seat",
		Text:     "Turns an invitation into an allocation of the same seat: it can't fail for want of one.",
		Refusals: slices.Concat(memberNotFound, endpoint.Conflict("invitation_expired", "it lapsed"), invalidTransition),
	}, acceptSeat, viewSeat),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/seats/{member}", ID: "change-role", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Change a member's role",
		Text:    "The present role changes nothing.",
		Example: map[string]any{"role": "admin"},
		Refusals: slices.Concat(memberNotFound, endpoint.Conflict("invitation_expired", "the invitation lapsed"), noSeats,
			endpoint.Invalid("role_invalid")),
	}, changeRole, viewSeat),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/seats/{member}", ID: "release-seat", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Release a seat", Refusals: memberNotFound,
		Text: "Also an invitation's. The purchased seats stay as many as they are.",
	}, releaseSeat, viewSeat),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/seats", ID: "sync-seats", Tag: tag, Roles: endpoint.RolesWorkspaces,
		Summary: "Sync seats with a list", BodyMax: syncBytesMax,
		Text: "Whoever is not on the list loses the seat, the others get or change theirs, all at once: with one too many nothing " +
			"changes. The limits judge the end alone, so members can be swapped in a full pool.",
		Example:  map[string]any{"members": []any{map[string]any{"member": "ada", "role": "admin"}, map[string]any{"member": "bob", "role": "guest"}}},
		Refusals: slices.Concat(noSeats, endpoint.Invalid("name_invalid", "duplicate_member", "role_invalid", "state_invalid")),
	}, syncSeats, viewSync),
}
