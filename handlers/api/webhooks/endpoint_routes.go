package webhooks

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/webhooks"
)

var (
	noEndpoint   = endpoint.NotFound("webhook_endpoint_not_found", "there is no such endpoint")
	noKey        = endpoint.Conflict("secret_key_missing", "the server has no key to keep the secret with")
	disabled     = endpoint.Conflict("endpoint_disabled", "the endpoint is disabled, so it is sent nothing")
	settingsOf   = endpoint.Invalid("url_invalid", "url_refused", "type_unknown", "types_invalid", "description_invalid")
	addressRules = "Only https:// is sent to, at addresses that are public when they are dialed, and redirects are not followed; " +
		"--webhook-allow lets other addresses through, and http for them."
	exampleEndpoint = map[string]any{"url": "https://hooks.example/tallystick", "types": []any{"invoice.*"}, "description": "the shop"}
)

func endpointRoutes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.SecretCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/webhook-endpoints", ID: "create-webhook-endpoint", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Create a webhook endpoint", Status: http.StatusCreated,
			Text:    "It hears of what happens from now on. " + addressRules,
			Example: exampleEndpoint, Refusals: slices.Concat(noKey, settingsOf),
		}, s.create, viewCreated),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/webhook-endpoints", ID: "list-webhook-endpoints", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "List webhook endpoints", Text: "In the order in which they were made.", Parameters: endpoint.ListParameters(),
		}, webhooks.Model, list),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/webhook-endpoints/{endpoint}", ID: "get-webhook-endpoint", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get a webhook endpoint", Versioned: true, Refusals: noEndpoint,
		}, webhooks.Model, get),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPut, Path: "/v1/webhook-endpoints/{endpoint}", ID: "change-webhook-endpoint", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Change a webhook endpoint",
			Text: "Replaces what it is told. Disabling cancels what is not delivered, and what happens meanwhile keeps its place in the " +
				"sequence: a replay sends it. " + addressRules,
			Example: exampleEndpoint, Needs: "a webhook endpoint",
			Refusals: slices.Concat(noEndpoint, settingsOf, endpoint.Invalid("status_invalid")),
		}, s.change, viewEndpoint),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodDelete, Path: "/v1/webhook-endpoints/{endpoint}", ID: "delete-webhook-endpoint", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Delete a webhook endpoint", Text: "What is not delivered is canceled.", Refusals: noEndpoint,
		}, remove, viewEndpoint),
		endpoint.SecretCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/webhook-endpoints/{endpoint}/rotate-secret", ID: "rotate-webhook-secret", Tag: tag,
			Roles: endpoint.RolesAdmin, Summary: "Rotate a webhook endpoint's secret",
			Text:     "For a day the secret before signs beside the new one.",
			Refusals: slices.Concat(noEndpoint, noKey),
		}, s.rotate, viewRotated),
	}
}
