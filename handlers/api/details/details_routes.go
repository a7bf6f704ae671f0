package details

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	noDetails     = endpoint.NotFound("details_not_found", "none were given, or they were erased")
	memberInvalid = endpoint.Invalid("details_required", "display_name_invalid", "email_invalid")
)

var billingRoutes = []endpoint.Route{
	endpoint.LogQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/billing-details", ID: "get-billing-details", Tag: tag, Recorded: endpoint.RecordsAll,
		Roles: endpoint.RolesAll, Summary: "Get a workspace's billing details", Versioned: true, Refusals: noDetails,
	}, find(billingStream, viewBilling)),
	endpoint.PersonalCommand(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/billing-details", ID: "set-billing-details", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Set a workspace's billing details",
		Text: "Replaces all that was there; the same again changes nothing. At least one of them must be given. An invoice goes on " +
			"showing those that were there when it was issued. A dry run does not show them: they are no part of what an event keeps.",
		Example: map[string]any{
			"name": "Ada Lovelace", "email": "ada@example.com", "address": "12 St James's Square\nLondon", "tax_id": "GB123456789", "country": "GB",
		},
		Refusals: slices.Concat(memberInvalid, endpoint.Invalid("address_invalid", "tax_id_invalid", "country_invalid")),
	}, set[billingDetailsBody](billingStream), viewBody[billingDetailsBody](viewBilling)),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/billing-details", ID: "erase-billing-details", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Erase a workspace's billing details", Refusals: noDetails,
		Text: "For good, with all that were given before: no invoice shows them any more. That there were some stays in the log, and " +
			"every proof of it holds.",
	}, erase(billingStream), viewErased),
}

var memberRoutes = []endpoint.Route{
	endpoint.LogQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/members/{member}/details", ID: "get-member-details", Tag: tag, Recorded: endpoint.RecordsAll,
		Roles: endpoint.RolesAll, Summary: "Get a member's details", Versioned: true, Refusals: noDetails,
	}, find(memberStream, viewMember)),
	endpoint.PersonalCommand(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/members/{member}/details", ID: "set-member-details", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Set a member's details",
		Text: "Replaces all that was there; the same again changes nothing. At least one of them must be given. A member needs no " +
			"seat to have details, and taking the seat back does not erase them.",
		Example:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com"},
		Refusals: memberInvalid,
	}, set[memberDetailsBody](memberStream), viewBody[memberDetailsBody](viewMember)),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/members/{member}/details", ID: "erase-member-details", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Erase a member's details", Refusals: noDetails,
		Text: "For good, with all that were given before. That there were some stays in the log, and every proof of it holds.",
	}, erase(memberStream), viewErased),
}
