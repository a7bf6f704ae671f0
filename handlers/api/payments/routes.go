package payments

import (
	"slices"

	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/handlers/process"
)

var (
	tag        = endpoint.Tag{Name: "Payments", Text: "Money that gateways take, and how workspaces pay."}
	tagSandbox = endpoint.Tag{Name: "Sandbox gateway", Text: "The built-in gateway of sandboxes: how it behaves, and what it was asked."}
)

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("AttemptStatus", payment.Statuses),
	endpoint.EnumOf("DisputeStatus", payment.DisputeStatuses),
	endpoint.EnumOf("FailureKind", payment.FailureKinds),
	endpoint.EnumOf("Action", []endpoint.Action{payment.ActionResolve}),
	endpoint.EnumOf("PaymentOutcome", payment.Outcomes),
	endpoint.EnumOf("PaymentMethodKind", paymentmethod.Kinds),
	endpoint.EnumOf("BillingDifferenceKind", process.DifferenceKinds),
	endpoint.EnumOf("BillingRepair", process.Repairs),
	endpoint.EnumOf("DunningSettlement", dunning.Settlements),
	endpoint.EnumOf("PortalPage", portalPages),
	endpoint.EnumOf("PaymentLinkKind", paymentlink.Kinds),
	endpoint.EnumOf("PaymentLinkStatus", paymentlink.Statuses),
	endpoint.EnumOf("GatewayEventResult", accounts.Results),
	endpoint.EnumOf("SandboxOutcome", sandbox.Outcomes),
	endpoint.EnumOf("SandboxRequestKind", sandbox.Kinds),
}

// Routes gives the routes of payments, and of the sandbox gateway.
func Routes(gateways gateway.Set) []endpoint.Route {
	other, _ := gateways[gateway.Sandbox].(*sandbox.Gateway) // nil where only the document is made
	return slices.Concat(paymentRoutes, methodRoutes(gateways), dunningRoutes, linkRoutes(gateways), disputeRoutes, sandboxRoutes(other), byHandRoutes(other))
}
