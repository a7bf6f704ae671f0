package payments

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
)

// byHandRoutes let something happen at the sandbox gateway by other hands.
func byHandRoutes(other *sandbox.Gateway) []endpoint.Route {
	noCharge := slices.Concat(noGateway, endpoint.NotFound("charge_not_found", "the gateway has no such charge"),
		endpoint.Conflict("charge_not_succeeded", "the gateway took no money by the charge, or it is gone"))
	const needs = "a charge by which the sandbox gateway took money"
	return []endpoint.Route{
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/sandbox/charges/{charge}/dispute", ID: "dispute-sandbox-charge", Tag: tagSandbox,
			Roles: endpoint.RolesAdmin, Summary: "Dispute a charge", Status: http.StatusCreated, Text: "As the customer does at the bank.",
			Example: map[string]any{"reason": "fraudulent"}, Needs: needs,
			Refusals: slices.Concat(noCharge, endpoint.Conflict("charge_disputed", "it is disputed already; with dispute")),
		}, openDispute(other), viewHappenedDispute),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/sandbox/charges/{charge}/refund", ID: "refund-sandbox-charge", Tag: tagSandbox,
			Roles: endpoint.RolesAdmin, Summary: "Refund a charge", Status: http.StatusCreated,
			Text:    "As somebody does at the gateway, without being asked from here. It gets a credit note of the reason gateway.",
			Example: map[string]any{"amount": map[string]any{"amount": "1.00", "currency": "USD"}, "silent": true}, Needs: needs,
			Refusals: slices.Concat(noCharge, endpoint.Conflict("charge_disputed", "the charge is disputed"),
				endpoint.Invalid("amount_invalid", "refund_exceeds_charge")),
		}, refundElsewhere(other), viewCharge),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/sandbox/disputes/{dispute}/close", ID: "close-sandbox-dispute", Tag: tagSandbox,
			Roles: endpoint.RolesAdmin, Summary: "Close a dispute", Text: "As the bank does.", Example: map[string]any{"outcome": "lost"},
			Needs: "a dispute at the sandbox gateway",
			Refusals: slices.Concat(noGateway, noDispute, endpoint.Conflict("dispute_closed", "it ended otherwise"),
				endpoint.Invalid("outcome_invalid")),
		}, closeDispute(other), viewHappenedDispute),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/sandbox/payment-methods/{payment_method}/remove", ID: "remove-sandbox-payment-method",
			Tag: tagSandbox, Roles: endpoint.RolesAdmin, Summary: "Lose a payment method at the sandbox gateway",
			Text: "Nobody is told: billing sync finds it.", Refusals: noGateway,
		}, loseMethod(other), viewRemoved),
	}
}
