package payments

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
)

var tagGateways = endpoint.Tag{Name: "Gateways", Text: "Who takes the money, and what they tell."}

// messageBytesMax bounds what a gateway sends.
const messageBytesMax = 256 << 10

var (
	noSecretKey   = endpoint.Conflict("secret_key_missing", "the server was started without --secret-key-file")
	noEndpoint    = endpoint.NotFound("endpoint_unknown", "there is no such endpoint")
	noMessage     = endpoint.NotFound("gateway_event_not_found", "no gateway sent such an event")
	filterResult  = endpoint.ChoiceFilter("result", "Only those of which this became.", accounts.Results)
	filterPayment = endpoint.NameFilter("payment", "Only those of this payment.", "the id of a payment")
)

// GatewayRoutes gives the routes of gateways and of what they send.
func GatewayRoutes(s GatewayServices) []endpoint.Route {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return slices.Concat(accountRoutes(s), webhookRoutes(s), messageRoutes(s))
}

func accountRoutes(s GatewayServices) []endpoint.Route {
	return []endpoint.Route{
		endpoint.AskQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/gateways", ID: "list-gateways", Tag: tagGateways, Roles: endpoint.RolesReading,
			Summary: "List the gateways",
		}, lookAtStripe, viewAccounts),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPut, Path: "/v1/gateways/stripe", ID: "set-stripe-key", Tag: tagGateways, Roles: endpoint.RolesAdmin,
			Summary: "Set the secret key of Stripe", Text: "A live ledger takes a live key, a sandbox one for tests. It holds from the next request to Stripe on.",
			Example:  map[string]any{"secret_key": "sk_test_example"},
			Refusals: slices.Concat(noSecretKey, endpoint.Invalid("secret_key_invalid", "gateway_mode_mismatch")),
			Tidy:     func(c *endpoint.Call) { s.tidy(c, "") },
		}, s.setKey, viewAccount),
	}
}

func webhookRoutes(s GatewayServices) []endpoint.Route {
	const path = "/v1/gateways/stripe/webhooks"
	same := func(shown endpointView) endpointView { return shown }
	return []endpoint.Route{
		endpoint.AskQuery(endpoint.Route{
			Method: http.MethodGet, Path: path, ID: "list-stripe-webhooks", Tag: tagGateways, Roles: endpoint.RolesReading,
			Summary: "List the endpoints for Stripe's webhooks",
		}, lookAtStripe, viewEndpoints),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: path, ID: "add-stripe-webhook", Tag: tagGateways, Roles: endpoint.RolesAdmin, Status: http.StatusCreated,
			Summary: "Add an endpoint for Stripe's webhooks",
			Text: "Several may be there at once. A message is good at each of them by the secret of any, so that a secret is rotated by adding the new one " +
				"and removing the old one later.",
			Example:  map[string]any{"secret": "whsec_example"},
			Refusals: slices.Concat(noSecretKey, endpoint.Conflict("endpoints_full", "there are as many as there may be"), endpoint.Invalid("secret_invalid")),
		}, s.addEndpoint, same),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodDelete, Path: path + "/{endpoint}", ID: "remove-stripe-webhook", Tag: tagGateways, Roles: endpoint.RolesAdmin,
			Summary: "Remove an endpoint for Stripe's webhooks", Refusals: noEndpoint,
			Tidy: func(c *endpoint.Call) { s.tidy(c, c.Name("endpoint")) },
		}, removeEndpoint, same),
		endpoint.Receive(endpoint.Route{
			Method: http.MethodPost, Path: webhookPath, ID: "receive-stripe-webhook", Tag: tagGateways, BodyMax: messageBytesMax,
			Summary: "Receive a webhook of Stripe",
			Text: "Needs no key: Stripe-Signature must be of the very bytes of the body (v1), at most 256 kB, and at most 300 seconds old. The message is kept, and what it says is merged " +
				"with what is known, whatever came before.",
			Refusals: slices.Concat(noEndpoint, noSecretKey, endpoint.Malformed("signature_invalid", "it is missing, old, or of other bytes")),
		}, "endpoint", accounts.LedgerOf, endpointUnknown, s.receive),
	}
}

func messageRoutes(s GatewayServices) []endpoint.Route {
	return []endpoint.Route{
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/gateway-events", ID: "list-gateway-events", Tag: tagGateways, Roles: endpoint.RolesReading,
			Summary: "List what gateways sent", Text: "One row a message, in the order in which they came.",
			Parameters: endpoint.ListParameters(filterGateway, filterResult, filterPayment),
		}, s.listMessages),
		endpoint.TailBytes(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/gateway-events/{gateway_event}/raw", ID: "get-gateway-event-raw", Tag: tagGateways, Roles: endpoint.RolesReading,
			Summary: "Get the bytes that a gateway sent", AnswerAs: "application/octet-stream", Refusals: noMessage, Recorded: endpoint.RecordsAll,
		}, s.rawMessage),
	}
}
