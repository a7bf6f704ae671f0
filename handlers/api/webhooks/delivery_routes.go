package webhooks

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/webhooks"
)

var noDelivery = endpoint.NotFound("webhook_delivery_not_found", "there is no such delivery")

func deliveryRoutes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/webhook-endpoints/{endpoint}/test", ID: "test-webhook-endpoint", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Test a webhook endpoint", Status: http.StatusAccepted,
			Text:     "Sends it news of the type webhook.test, whatever types it hears.",
			Refusals: slices.Concat(noEndpoint, disabled),
		}, test, asIs[webhookAskedView]),
		endpoint.FoundCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/webhook-endpoints/{endpoint}/replay", ID: "replay-webhook-endpoint", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Replay to a webhook endpoint", Status: http.StatusAccepted,
			Text: "Sends again what the endpoint heard, or would have heard while it was disabled, of these positions, with the ids and " +
				"sequences of the first time.",
			Example: map[string]any{"from": 1, "types": []any{"invoice.*"}}, Needs: "a webhook endpoint",
			Refusals: slices.Concat(noEndpoint, disabled, endpoint.Invalid("from_invalid", "to_invalid", "type_unknown")),
		}, webhooks.Model, findReplay, replay, asIs[webhookAskedView]),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/webhook-endpoints/{endpoint}/deliveries", ID: "list-webhook-deliveries", Tag: tag,
			Roles: endpoint.RolesReading, Summary: "List webhook deliveries",
			Text: "The newest first. A delivery is tried ten times, each so long after the one before: 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, " +
				"14 h, 20 h, 24 h, by the ledger's clock, in a live ledger up to a tenth more or less. 2xx is delivered, 410 disables the " +
				"endpoint, and so do ten days of failures.",
			Parameters: endpoint.ListParameters(
				endpoint.ChoiceFilter("status", "Only those of this status.", webhooks.Statuses),
				endpoint.NameFilter("workspace", "Only those of this workspace.", "a workspace"),
			),
			Refusals: noEndpoint,
		}, webhooks.Model, s.listDeliveries),
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/webhook-deliveries/{delivery}", ID: "get-webhook-delivery", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get a webhook delivery", Refusals: noDelivery,
		}, webhooks.Model, s.getDelivery),
		endpoint.FoundCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/webhook-deliveries/{delivery}/redeliver", ID: "redeliver-webhook", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Redeliver to a webhook endpoint", Status: http.StatusAccepted,
			Text:     "Sends it once more at once, with the same id and sequence, and then as often as a new one.",
			Refusals: slices.Concat(noDelivery, noEndpoint, disabled),
		}, webhooks.Model, s.findRedelivery, redeliver, asIs[webhookDeliveryView]),
	}
}

// asIs shows a result that is made to be shown.
func asIs[V any](v V) V { return v }
