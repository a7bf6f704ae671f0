package licenses

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var (
	noLicense = endpoint.NotFound("license_not_found", "there is no such license")
	revoked   = endpoint.Conflict("license_revoked", "the license was revoked, and that is final")
	noSigning = endpoint.Conflict("license_signing_unavailable", "the server has no key to sign with: --license-signing-key gives it one")
	issuable  = slices.Concat(
		view.PaymentPastDue, view.PaymentDeclined,
		endpoint.NotFound("product_not_found", "there is no such product"),
		endpoint.NotFound("price_not_found", "there is no such price"),
		endpoint.Conflict("product_archived", "the product is not sold any more"),
		endpoint.Conflict("price_archived", "the price is not sold any more"),
		endpoint.Conflict("subscription_active", "the workspace has a subscription"),
		endpoint.Conflict("license_active", "the workspace has another license"),
		endpoint.Unprocessable("workspace_required", "a license with a price has no workspace that pays"),
		endpoint.Unprocessable("price_of_other_product", "the price is one of another product"),
		endpoint.Invalid("licensee_invalid", "name_invalid", "seats_out_of_range", "expires_at_invalid", "expiry_invalid", "feature_invalid",
			"feature_type_mismatch", "max_instances_invalid", "dead_instances_invalid", "heartbeat_ttl_invalid", "file_ttl_days_invalid",
			"grace_days_invalid", "collection_invalid"),
	)
	exampleLicense = map[string]any{"licensee": "Acme Ltd", "product": "pro", "seats": 50, "expires_at": nil}
	exampleReason  = map[string]any{"reason": "The contract ended"}
)

// change completes a command on a license that is answered with it.
func change(action, id, summary, text string) endpoint.Route {
	return endpoint.Route{
		Method: http.MethodPost, Path: "/v1/licenses/{license}/" + action, ID: id, Tag: tag, Roles: endpoint.RolesAdmin, Summary: summary, Text: text,
		Needs: "a license", Refusals: slices.Concat(noLicense, revoked),
	}
}

// billed completes a route that needs a license with a price.
func billed(action, id, summary, text string) endpoint.Route {
	r := change(action, id, summary, text)
	r.Needs = "a license with a price"
	return r
}

// refusing adds refusals and an example to a route.
func refusing(r endpoint.Route, example any, refusals ...endpoint.Refusal) endpoint.Route {
	r.Example, r.Refusals = example, slices.Concat(r.Refusals, refusals)
	return r
}

// waiting completes a route whose success may wait for money.
func waiting(r endpoint.Route) endpoint.Route {
	r.Waits = true
	return r
}

func licenseRoutes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.SecretCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/licenses", ID: "issue-license", Tag: tag, Roles: endpoint.RolesAdmin, Summary: "Issue a license",
			Status: http.StatusCreated, Waits: true,
			Text: "With a workspace it is that workspace's plan. With a price it is a subscription of the workspace, billed as any other: seats " +
				"and expires_at follow it, with grace_days behind the end of its period. With automatic collection it is suspended until its first " +
				"invoice is paid, and revoked where that never is.",
			Example: exampleLicense, Refusals: issuable,
		}, s.issue, viewKeyed),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/licenses", ID: "list-licenses", Tag: tag, Roles: endpoint.RolesReading, Summary: "List licenses",
			Text: "In the order of their issue.",
			Parameters: endpoint.ListParameters(
				endpoint.NameFilter("workspace", "Only those of this workspace.", "a workspace"),
				endpoint.ChoiceFilter("status", "Only those of this status.", license.Statuses),
			),
		}, projections.Licenses, list),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/licenses/{license}", ID: "get-license", Tag: tag, Roles: endpoint.RolesReading, Summary: "Get a license",
			Versioned: true, Refusals: noLicense,
		}, projections.Licenses, get),
		endpoint.Command(waiting(refusing(change("seats", "change-license-seats", "Change the seats of a license",
			"Of a billed license as of any subscription: more at once, fewer from the next period on. Installations have fewer with their next sync or file."),
			map[string]any{"seats": 60}, slices.Concat(endpoint.Invalid("seats_out_of_range"), view.PaymentPastDue, view.PaymentDeclined,
				endpoint.Conflict("invalid_transition", "the subscription that it is has ended, or is paused"),
				endpoint.Conflict("change_in_progress", "a change of the subscription waits for money"),
				endpoint.Conflict("seats_in_use", "the workspace uses more"))...)), changeSeats, viewChanged),
		endpoint.Ask(refusing(billed("proration-preview", "preview-license-seats", "Preview the seats of a license",
			"What another number of seats would cost."), map[string]any{"seats": 60},
			slices.Concat(endpoint.Conflict("license_not_billed", "the license has no price"), endpoint.Invalid("seats_out_of_range"))...),
			previewSeats, viewPreview),
		endpoint.PlainCommand(refusing(change("remove-unused-seats", "remove-unused-license-seats", "Remove unused seats of a license",
			"Lowers the number of seats to the most users that a live instance reported."), nil,
			slices.Concat(endpoint.Conflict("users_unknown", "no live instance has reported its users"),
				endpoint.Conflict("seats_in_use", "the workspace uses more"))...), s.removeUnusedSeats, viewChanged),
		endpoint.Command(refusing(change("features", "change-license-features", "Change the features of a license",
			"Replaces all that are laid over the product's."), map[string]any{"features": map[string]any{"sso": true}},
			endpoint.Invalid("name_invalid", "feature_invalid", "feature_type_mismatch")...), changeFeatures, viewChanged),
		endpoint.Command(refusing(change("suspend", "suspend-license", "Suspend a license", "Nobody can use it until it is reinstated."),
			exampleReason, endpoint.Invalid("reason_invalid")...), suspend, viewChanged),
		endpoint.PlainCommand(refusing(change("reinstate", "reinstate-license", "Reinstate a license", "Takes a suspension back."), nil,
			endpoint.Conflict("license_not_suspended", "the license is not suspended")...), reinstate, viewChanged),
		endpoint.Command(refusing(change("renew", "renew-license", "Renew a license", "Gives it another end."),
			map[string]any{"expires_at": "2199-01-01T00:00:00Z"}, slices.Concat(
				endpoint.Conflict("license_billed", "the license is a subscription, whose periods renew it"), endpoint.Invalid("expires_at_invalid"))...),
			renew, viewChanged),
		endpoint.Command(refusing(change("revoke", "revoke-license", "Revoke a license",
			"Ends it for good, and the subscription that it is, of which nothing is given back."),
			exampleReason, endpoint.Invalid("reason_invalid")...), revoke, viewChanged),
		endpoint.SecretCommand(change("rotate-key", "rotate-license-key", "Rotate the key of a license",
			"Makes another key. The one before opens nothing any more, and instances stay active."), s.rotateKey, viewKeyed),
	}
}
