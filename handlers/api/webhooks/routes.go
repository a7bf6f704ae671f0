package webhooks

import (
	"slices"

	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections/webhooks"
)

var tag = endpoint.Tag{
	Name: "Webhooks",
	Text: "Addresses of yours that are sent what happens, as Standard Webhooks says. Bodies are thin: fetch the object, with the " +
		"body's position as Min-Position. News come at least once and in any order; the sequence of an endpoint and a workspace is " +
		"1, 2, 3 … without a hole, so that what is missing can be replayed.",
}

// Services hold what the routes work with.
type Services struct {
	Vault  *vault.Vault
	Policy *courier.Policy
	Writer *courier.Writer
}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("WebhookDeliveryStatus", webhooks.Statuses),
	endpoint.EnumOf("WebhookDisabledReason", webhook.Reasons),
	endpoint.EnumOf("WebhookEndpointStatus", webhook.Statuses),
	endpoint.EnumOf("WebhookError", errorWords()),
}

// Routes gives the routes of webhooks.
func Routes(s Services) []endpoint.Route { return slices.Concat(endpointRoutes(s), deliveryRoutes(s)) }
