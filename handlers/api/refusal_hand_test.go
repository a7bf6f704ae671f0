package api

import (
	"net/http"
	"sync"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// charged has a gateway take money of a new workspace of the sandbox by a token, and gives the payment and the charge.
func (c *client) charged(workspace, token string) (payment, charge string) {
	c.t.Helper()
	c.token = c.sandbox
	c.attach(workspace, token)
	c.post(of(workspace), object{"price": "pro-month", "seats": 3, "collection": "automatic"}) // paid, or declined
	done := c.advance(c.get("/v1/clock").is(200).text("now"))
	payment = c.get("/v1/workspaces/"+workspace+"/payments", done.position()).is(200).text("data.0.id")
	return payment, c.get("/v1/sandbox/charges?payment=" + payment).is(200).text("data.0.id")
}

// parkRunning parks a charge while the gateway takes its time.
func parkRunning(c *client) *answered {
	c.t.Helper()
	c.token = c.sandbox
	c.attach("hand-running", "tok_slow")
	release := c.pace.hold()
	var buying sync.WaitGroup
	buying.Go(func() {
		if _, err := c.try(http.MethodPost, of("hand-running"), object{"price": "pro-month", "seats": 3, "collection": "automatic"}, key("hand-running")); err != nil {
			c.t.Error(err)
		}
	})
	defer func() {
		release()
		buying.Wait()
	}()
	var id string
	testbed.Eventually(c.t, "the charge runs", func() bool {
		running := c.get("/v1/jobs?status=running&workspace=hand-running").is(http.StatusOK)
		if len(running.at("data").([]any)) > 0 {
			id = running.text("data.0.id")
		}
		return id != ""
	})
	return c.post("/v1/jobs/"+id+"/park", object{"reason": "why"})
}

// onCharge posts to the charge of a new workspace.
func onCharge(route, code, workspace, token, action string, body object) refusalCase {
	return refusalCase{route, code, func(c *client) *answered {
		_, charge := c.charged(workspace, token)
		if code == "charge_disputed" {
			c.post("/v1/sandbox/charges/"+charge+"/dispute", object{}).is(201)
		}
		return c.post("/v1/sandbox/charges/"+charge+"/"+action, body)
	}}
}

// awayFromSync compares with a gateway that the sandbox uses, and that is away.
func awayFromSync(route, path string) refusalCase {
	return refusalCase{route, "gateway_unreachable", func(c *client) *answered {
		c.charged("hand-"+route, "tok_ok")
		c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
		defer func() { c.put("/v1/sandbox/gateway", object{}).is(200) }()
		return c.post(path, object{})
	}}
}

// onPayment refunds the payment of a new workspace.
func onPayment(code, workspace, token string, body object) refusalCase {
	return refusalCase{"refund-payment", code, func(c *client) *answered {
		payment, _ := c.charged(workspace, token)
		return c.post("/v1/payments/"+payment+"/refund", body)
	}}
}

// handRefusals refuse what can't be done with money that a gateway took.
var handRefusals = func() []refusalCase {
	one := object{"amount": dollars("1.00")}
	cases := []refusalCase{
		ask("get-dispute", "dispute_not_found", http.MethodGet, "/v1/disputes/none", nil, nil),
		ask("refund-payment", "payment_not_found", http.MethodPost, "/v1/payments/none/refund", nil, object{"reason": "x"}),
		onPayment("payment_not_succeeded", "hand-declined", "tok_lost_card", object{"reason": "x"}),
		onPayment("refund_exceeds_payment", "hand-more", "tok_ok", object{"reason": "x", "amount": dollars("1000.00")}),
		onPayment("amount_invalid", "hand-amount", "tok_ok", object{"reason": "x", "amount": dollars("0.00")}),
		onPayment("currency_mismatch", "hand-currency", "tok_ok", object{"reason": "x", "amount": object{"amount": "1.00", "currency": "EUR"}}),
		onPayment("reason_invalid", "hand-reason", "tok_ok", object{"reason": ""}),
		inSandbox("dispute-sandbox-charge", "charge_not_found", http.MethodPost, "/v1/sandbox/charges/none/dispute", object{}),
		onCharge("dispute-sandbox-charge", "charge_not_succeeded", "hand-none", "tok_lost_card", "dispute", object{}),
		onCharge("dispute-sandbox-charge", "charge_disputed", "hand-twice", "tok_ok", "dispute", object{}),
		inSandbox("refund-sandbox-charge", "charge_not_found", http.MethodPost, "/v1/sandbox/charges/none/refund", one),
		onCharge("refund-sandbox-charge", "charge_not_succeeded", "hand-none-back", "tok_lost_card", "refund", one),
		onCharge("refund-sandbox-charge", "charge_disputed", "hand-disputed", "tok_ok", "refund", one),
		onCharge("refund-sandbox-charge", "refund_exceeds_charge", "hand-exceeds", "tok_ok", "refund", object{"amount": dollars("1000.00")}),
		onCharge("refund-sandbox-charge", "amount_invalid", "hand-digits", "tok_ok", "refund", object{"amount": dollars("1.001")}),
		inSandbox("close-sandbox-dispute", "dispute_not_found", http.MethodPost, "/v1/sandbox/disputes/none/close", object{"outcome": "won"}),
		inSandbox("close-sandbox-dispute", "outcome_invalid", http.MethodPost, "/v1/sandbox/disputes/none/close", object{"outcome": "open"}),
		{"park-job", "job_running", parkRunning},
		awayFromSync("sync-billing", "/v1/billing-sync"),
		awayFromSync("repair-billing", "/v1/billing-sync/repair"),
		ask("sync-billing", "name_invalid", http.MethodPost, "/v1/billing-sync", nil, object{"workspace": "a b"}),
		{"close-sandbox-dispute", "dispute_closed", func(c *client) *answered {
			_, charge := c.charged("hand-closed", "tok_ok")
			path := "/v1/sandbox/disputes/" + c.post("/v1/sandbox/charges/"+charge+"/dispute", object{}).is(201).text("id") + "/close"
			c.post(path, object{"outcome": "won"}).is(200)
			return c.post(path, object{"outcome": "lost"})
		}},
	}
	for route, path := range map[string]string{
		"dispute-sandbox-charge": "charges/none/dispute", "refund-sandbox-charge": "charges/none/refund",
		"close-sandbox-dispute": "disputes/none/close", "remove-sandbox-payment-method": "payment-methods/none/remove",
	} {
		body := object{}
		switch route {
		case "refund-sandbox-charge":
			body = one
		case "close-sandbox-dispute":
			body = object{"outcome": "won"}
		}
		cases = append(cases, ask(route, "gateway_not_found", http.MethodPost, "/v1/sandbox/"+path, nil, body))
	}
	return cases
}()
