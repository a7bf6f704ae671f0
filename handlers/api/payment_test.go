package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// attach adds a payment method of the sandbox gateway to a workspace, and gives its id.
func (c *client) attach(workspace, token string) string {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/payment-methods", object{"gateway": "sandbox", "token": token}).is(201).text("id")
}

// buyUnpaid buys a subscription that waits for its first payment.
func (c *client) buyUnpaid(workspace string) *answered {
	c.t.Helper()
	return c.post(of(workspace), object{"price": "pro-month", "seats": 3, "collection": "automatic"}).is(202)
}

// TestCollection goes with the clock through renewals that a gateway is asked for, by each kind of token.
func TestCollection(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	tokens := map[string]object{ // what the payment says after the renewal
		"ok":                 {"status": "succeeded", "attempts.0.status": "succeeded"},
		"insufficient_funds": {"status": "failed", "failure.code": "insufficient_funds", "failure.kind": "soft"},
		"lost_card":          {"status": "failed", "failure.code": "lost_card", "failure.kind": "hard"},
		"pending_ok":         {"status": "processing"},
		"timeout_ok":         {"status": "unknown"},
		"timeout_lost":       {"status": "unknown"},
	}
	for token := range tokens {
		workspace := "w-" + token
		c.collect(workspace, "pro-month", 3)
		c.attach(workspace, "tok_"+token)
	}
	renewed := c.advance("2026-02-01T00:00:00Z")
	for token, want := range tokens {
		t.Run(token, func(t *testing.T) {
			found := c.get("/v1/workspaces/w-"+token+"/payments?gateway=sandbox", renewed.position()).is(200)
			for name, value := range want {
				found.says(object{"data.0." + name: value})
			}
			found.says(object{
				"data.1": nil, "data.0.amount.amount": "36.00", "data.0.gateway": "sandbox", "data.0.attempts.1": nil,
				"data.0.attempts.0.idempotency_key": found.text("data.0.id") + ":1",
			})
		})
	}
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 6, "lookups": 0, "captured.0.amount": "72.00"})
	paid := c.get("/v1/workspaces/w-ok/invoices").is(200).says(object{
		"data.1.payment_status": "succeeded", "data.1.amount_outstanding.amount": "0.00", "data.1.amount_paid.amount": "36.00",
	})
	c.get("/v1/payments/" + paid.text("data.1.payment")).is(200).says(object{"invoice": paid.text("data.1.id"), "version": 3})
	c.get("/v1/workspaces/w-lost_card/subscription").is(200).says(object{"status": "past_due"})
	c.post("/v1/workspaces/w-lost_card/subscription/seats", object{"seats": 5}).refused(402, "payment_past_due")
	c.get("/v1/workspaces/w-timeout_ok/subscription").is(200).says(object{"status": "active"})

	asked := c.advance("2026-02-03T00:00:00Z")
	for token, want := range map[string]object{
		"timeout_ok":   {"data.0.status": "succeeded"},
		"timeout_lost": {"data.0.status": "failed", "data.0.failure.code": "not_received"},
		"pending_ok":   {"data.0.status": "succeeded"},
	} {
		t.Run("later "+token, func(t *testing.T) {
			c.get("/v1/workspaces/w-"+token+"/payments?gateway=sandbox", asked.position()).is(200).says(want)
		})
	}
	// What failed was tried again a day later.
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 8, "captured.0.amount": "108.00"})
	for _, token := range []string{"ok", "timeout_ok", "pending_ok"} {
		c.get("/v1/workspaces/w-" + token + "/balance").is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
	}
}

// TestPay: a payment that failed is tried again, with the next key, and recovers the subscription.
func TestPay(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	method := c.attach("acme", "tok_insufficient_funds.timeout_ok.ok")
	c.advance("2026-02-01T00:00:00Z")
	invoice := c.get("/v1/workspaces/acme/invoices").is(200).text("data.1.id")
	paying := c.post("/v1/invoices/"+invoice+"/pay", object{}).is(202).says(object{
		"payment.status": "unknown", "invoice.id": invoice, "invoice.payment_status": "unknown", "payment.attempts.1.n": 2,
	})
	payment := paying.text("payment.id")
	c.post("/v1/invoices/"+invoice+"/pay", object{}).refused(409, "payment_in_progress")
	c.post("/v1/invoices/"+invoice+"/void", object{}).refused(409, "payment_in_progress")
	c.post("/v1/invoices/"+invoice+"/write-off", object{}).refused(409, "payment_in_progress")
	c.delete("/v1/workspaces/acme/payment-methods/"+method).refused(409, "payment_in_progress")
	done := c.advance("2026-02-01T01:00:00Z")
	c.get("/v1/payments/"+payment, done.position()).is(200).says(object{"status": "succeeded", "attempts.0.status": "failed", "attempts.1.status": "succeeded"})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"status": "active"})
	c.post("/v1/invoices/"+invoice+"/pay", object{}).refused(409, "invoice_paid")
	c.get("/v1/sandbox/charges?payment=" + payment).is(200).says(object{
		"data.0.outcome": "failed", "data.0.requests": 1, "data.1.outcome": "succeeded", "data.1.requests": 1, "data.1.lookups": 1, "data.2": nil,
	})
	c.get("/v1/payments?workspace=acme&status=succeeded&gateway=sandbox&invoice=" + invoice).is(200).says(object{"data.0.id": payment, "data.1": nil})
}

// TestPayWaitsForMoney: what waits for its first payment begins when the gateway took it.
func TestPayWaitsForMoney(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	invoice := c.buyUnpaid("acme").text("invoice")
	c.post("/v1/invoices/"+invoice+"/pay", object{}).refused(409, "no_payment_method")
	c.post("/v1/invoices/"+invoice+"/pay", object{"payment_method": "nobody"}).refused(422, "payment_method_not_found")
	c.attach("acme", "tok_ok")
	paid := c.post("/v1/invoices/"+invoice+"/pay", object{}).is(200).says(object{"payment.status": "succeeded", "invoice.status": "finalized"})
	c.get("/v1/workspaces/acme/subscription", paid.position()).is(200).says(object{"status": "active"})
}

func TestPaymentMethods(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	const path = "/v1/workspaces/acme/payment-methods"
	c.get(path).is(200).says(object{"data": []any{}})
	first := c.post(path, object{"gateway": "sandbox", "token": "tok_ok"}).is(201).says(object{
		"workspace": "acme", "kind": "card", "brand": "visa", "last4": "4242", "default": true,
	}).text("id")
	second := c.post(path, object{"gateway": "sandbox", "token": "tok_pending_ok"}).is(201).says(object{"kind": "bank_debit", "exp_year": nil, "default": false}).text("id")
	c.put(path+"/"+second+"/default", nil).is(200).says(object{"id": second, "default": true})
	gone := c.delete(path + "/" + second).is(200).says(object{"id": second, "default": false})
	c.get(path, gone.position()).is(200).says(object{"data.0.id": first, "data.0.default": false, "data.1": nil})
	c.put(path+"/"+second+"/default", nil).refused(404, "payment_method_not_found")
	c.delete(path+"/"+second).refused(404, "payment_method_not_found")
	c.post(path, object{"gateway": "sandbox", "token": "tok_nonsense"}).refused(422, "token_unknown")
	c.post(path, object{"gateway": "bank", "token": "tok_ok"}).refused(422, "gateway_unknown")
	c.post(path, object{"gateway": "sandbox", "token": "tok_refused"}).refused(402, "payment_method_declined")
	c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
	c.post(path, object{"gateway": "sandbox", "token": "tok_ok"}).refused(409, "gateway_unreachable")
	live := &client{t: t, base: c.base, token: b.token(b.newLedger("live", eventstore.ModeLive), endpoint.RoleAdmin)}
	live.post(path, object{"gateway": "sandbox", "token": "tok_ok"}).refused(422, "gateway_unknown")
	for _, of := range []string{"charges", "totals", "gateway"} {
		live.get("/v1/sandbox/"+of).refused(404, "gateway_not_found")
	}
}

// TestGatewayAway: a gateway that can't be reached is not asked, and then asked with the same key.
func TestGatewayAway(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_ok")
	c.put("/v1/sandbox/gateway", object{"available": false, "fee_rate": "0.029", "fee_fixed": "0.30", "settle_days": 2}).is(200).says(object{"available": false})
	c.advance("2026-02-01T00:05:00Z")
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 0, "captured": []any{}})
	c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200).says(object{"data.0.status": "pending"})
	c.put("/v1/sandbox/gateway", object{"fee_rate": "0.029", "fee_fixed": "0.30", "settle_days": 2}).is(200).says(object{"available": true, "latency_ms": 0})
	c.get("/v1/sandbox/gateway").is(200).says(object{"fee_fixed": "0.30", "settle_days": 2})
	done := c.advance("2026-02-01T00:11:00Z")
	c.get("/v1/workspaces/acme/payments?gateway=sandbox", done.position()).is(200).says(object{
		"data.0.status": "succeeded", "data.0.fee.amount": "1.34", "data.0.settled_at": nil, "data.0.attempts.1": nil,
	})
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 1})
	c.advance("2026-02-03T00:11:00Z")
	c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200).says(object{"data.0.settled_at": "2026-02-03T00:11:00Z"})
	c.put("/v1/sandbox/gateway", object{"latency_ms": -1}).refused(422, "latency_invalid")
	c.put("/v1/sandbox/gateway", object{"fee_rate": "2"}).refused(422, "fee_invalid")
	c.put("/v1/sandbox/gateway", object{"settle_days": 91}).refused(422, "settle_days_invalid")
}

// TestNewDefaultPaysWhatIsPastDue collects once more what an earlier method did not pay.
func TestNewDefaultPaysWhatIsPastDue(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_expired_card")
	c.advance("2026-02-01T00:00:00Z")
	c.post("/v1/workspaces/acme/payment-methods", object{"gateway": "sandbox", "token": "tok_ok", "default": true}).is(201)
	done := c.advance("2026-02-01T00:00:00Z")
	c.get("/v1/workspaces/acme/payments?gateway=sandbox", done.position()).is(200).says(object{
		"data.0.status": "succeeded", "data.0.failure": nil, "data.0.attempts.0.failure.code": "expired_card", "data.1": nil,
	})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"status": "active"})
}

// TestManyAreCollectedAtOnce: one renewal each at one instant, and one charge each.
func TestManyAreCollectedAtOnce(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	const many = 40
	for i := range many {
		workspace := fmt.Sprint("w", i)
		c.collect(workspace, "pro-month", 3)
		c.attach(workspace, "tok_ok")
	}
	began := time.Now()
	done := c.advance("2026-03-01T00:00:00Z")
	t.Logf("%d renewals with their payments took %s", 2*many, time.Since(began))
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 2 * many, "captured.0.amount": fmt.Sprintf("%d.00", 2*many*36)})
	for i := range many {
		c.get(fmt.Sprintf("/v1/workspaces/w%d/balance", i), done.position()).is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
	}
}
