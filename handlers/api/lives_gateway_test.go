package api

import (
	"slices"
	"strings"
)

// lifeParts list what the charges of a life's payment methods do.
var lifeParts = []string{
	"ok", "ok", "ok", "insufficient_funds", "lost_card", "requires_action", "pending_ok", "pending_failed", "timeout_ok", "timeout_failed", "timeout_lost",
	"returned", "refund_failed", "refund_timeout",
}

// gatewayActions list what can be done with money that a gateway takes.
var gatewayActions = []string{"attach", "charge", "charge", "send back"}

// requestOfGateway makes a request about money that the sandbox gateway takes.
func (l *liveOne) requestOfGateway(action string) (method, path string, body object) {
	switch action {
	case "attach":
		token := "tok_" + strings.Join([]string{one(l, lifeParts...), one(l, lifeParts...), one(l, lifeParts...), "ok"}, ".")
		return "POST", "/v1/workspaces/w/payment-methods", object{"gateway": "sandbox", "token": token, "default": true}
	case "charge":
		if len(l.owed) == 0 {
			return "", "", nil
		}
		return "POST", "/v1/invoices/" + one(l, l.owed...) + "/pay", object{}
	}
	paid := l.all("/v1/payments?workspace=w&gateway=sandbox&status=succeeded")
	if len(paid) == 0 {
		return "", "", nil
	}
	payment := one(l, paid...).(map[string]any)
	body = object{"reason": "sorry"}
	if l.random.IntN(2) == 0 {
		body["amount"] = object{"amount": one(l, "0.01", "3.33", "10.00"), "currency": payment["amount"].(map[string]any)["currency"]}
	}
	return "POST", "/v1/payments/" + payment["id"].(string) + "/refund", body
}

// checkGateway adds up what the gateway's payments brought, and holds that, and what went back, against what the gateway counted. While
// an answer is awaited, the gateway may know more.
func (l *liveOne) checkGateway() (took totals, awaited bool) {
	l.t.Helper()
	took = totals{}
	back := totals{}
	for _, entry := range l.all("/v1/payments?workspace=w&gateway=sandbox") {
		payment := entry.(map[string]any)
		switch status := payment["status"].(string); status {
		case "succeeded":
			took.add(payment["amount"], 1)
		case "reversed":
			took.add(payment["amount_refunded"], 1) // the rest was taken away
		case "failed":
		default:
			awaited = true
		}
	}
	sending := false
	for _, entry := range l.all("/v1/refunds?workspace=w") {
		refund := entry.(map[string]any)
		if refund["gateway"] != "sandbox" {
			continue
		}
		if refund["status"] == "succeeded" && refund["gateway_reference"] != nil {
			back.add(refund["amount"], 1)
		}
		attempts, _ := refund["attempts"].([]any)
		sending = sending || slices.ContainsFunc(attempts, func(a any) bool {
			status := a.(map[string]any)["status"]
			return status == "unknown" || status == "pending"
		})
	}
	counted := l.get("/v1/sandbox/totals").is(200)
	of := func(what string) totals {
		sums := totals{}
		for _, amount := range counted.at(what).([]any) {
			sums.add(amount, 1)
		}
		return sums
	}
	captured, returned, refunded := of("captured"), of("returned"), of("refunded")
	for _, currency := range []string{"USD", "EUR"} {
		if kept := sum(captured.of(currency), returned.of(currency)); !awaited && kept.Cmp(took.of(currency)) != 0 {
			l.t.Errorf("%s: payments took %v, and the gateway captured %v less %v returned", currency, took.of(currency), captured.of(currency), returned.of(currency))
		}
		if !sending && refunded.of(currency).Cmp(back.of(currency)) != 0 {
			l.t.Errorf("%s: %v went back, and the gateway sent %v", currency, back.of(currency), refunded.of(currency))
		}
	}
	return took, awaited
}
