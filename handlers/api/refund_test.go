package api

import (
	"testing"
	"time"
)

// refunded sells a subscription that a token pays from the second month on, and ends it in the middle of that month, so that half
// of what the gateway took goes back. It gives the refund's id.
func (c *client) refunded(workspace, token string) string {
	c.t.Helper()
	c.collect(workspace, "pro-month", 3)
	c.attach(workspace, token)
	c.advance("2026-02-15T00:00:00Z")
	ended := c.post(of(workspace)+"/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	return c.get("/v1/refunds?workspace="+workspace, ended.position()).is(200).says(object{
		"data.0.amount.amount": "18.00", "data.0.gateway": "sandbox", "data.1": nil,
	}).text("data.0.id")
}

// later goes so far from the middle of February.
func later(d time.Duration) string {
	return time.Date(2026, 2, 15, 0, 0, 0, 0, time.UTC).Add(d).Format(time.RFC3339)
}

// TestRefundsGoBackByTheGateway: what a gateway took goes back by it, once, whatever it answers.
func TestRefundsGoBackByTheGateway(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for token, stages := range map[string][]struct {
		at   time.Duration
		says object
	}{
		"tok_ok": {{0, object{"status": "succeeded", "attempts.0.status": "succeeded", "attempts.1": nil, "available_actions": []any{}}}},
		"tok_refund_timeout": {
			{0, object{"status": "pending", "attempts.0.status": "unknown", "available_actions": []any{}}},
			{4 * time.Minute, object{"status": "pending"}},
			{5 * time.Minute, object{"status": "succeeded", "attempts.0.status": "succeeded", "attempts.1": nil}},
		},
		"tok_refund_failed": {
			{0, object{
				"status": "pending", "failure.code": "refund_failed", "attempts.0.status": "failed", "attempts.1": nil,
				"available_actions": []any{"record", "retry"},
			}},
			{time.Hour, object{"status": "pending", "attempts.1.status": "failed", "attempts.2": nil}},
			{day, object{"status": "pending", "attempts.2.status": "failed", "attempts.3": nil}},
			{3 * day, object{"status": "failed", "attempts.3.status": "failed", "attempts.4": nil}},
			{30 * day, object{"status": "failed", "attempts.4": nil, "settled_at": nil}},
		},
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			_, c := sandbox(t)
			c.openShop()
			id := c.refunded("acme", token)
			for _, stage := range stages {
				done := c.advance(later(stage.at))
				c.get("/v1/refunds/"+id, done.position()).is(200).says(stage.says)
			}
			rows := c.get("/v1/sandbox/charges?refund=" + id).is(200).says(object{
				"data.0.kind": "refund", "data.0.refund": id, "data.0.idempotency_key": id + ":1", "data.0.requests": 1, "data.0.amount.amount": "18.00",
			})
			c.get("/v1/payments/" + rows.text("data.0.payment")).is(200).says(object{"amount.amount": "36.00", "amount_refunded.amount": "18.00", "status": "succeeded"})
			totals := c.get("/v1/sandbox/totals").is(200)
			if token == "tok_refund_failed" {
				totals.says(object{"refund_requests": 4, "refunded": []any{}})
			} else {
				totals.says(object{"refund_requests": 1, "refunded.0.amount": "18.00", "captured.0.amount": "36.00"})
			}
		})
	}
}

// TestAFailedRefundIsStillOwed: a person has it tried once more, or records that it went back.
func TestAFailedRefundIsStillOwed(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	id := c.refunded("acme", "tok_refund_failed")
	c.advance(later(10 * 24 * time.Hour))
	tried := c.post("/v1/refunds/"+id+"/retry", nil).is(200).says(object{"status": "pending", "attempts.4.status": "pending"})
	c.post("/v1/refunds/"+id+"/retry", nil).refused(409, "refund_in_progress")
	c.post("/v1/refunds/"+id+"/record", object{"reference": "wire"}).refused(409, "refund_in_progress")
	c.advance(later(10 * 24 * time.Hour))
	c.get("/v1/refunds/"+id, tried.position()).is(200).says(object{"status": "failed", "attempts.4.status": "failed"})
	c.post("/v1/refunds/"+id+"/record", object{"reference": "wire"}).is(200).says(object{"status": "succeeded", "available_actions": []any{}})
	c.post("/v1/refunds/"+id+"/retry", nil).refused(409, "refund_settled")
	c.get("/v1/sandbox/totals").is(200).says(object{"refund_requests": 5, "refunded": []any{}})
}

// TestCreditGoesBackByTheGateway: credit that is paid out goes to the gateway that took it, and what came by hand waits.
func TestCreditGoesBackByTheGateway(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3) // by hand
	c.attach("acme", "tok_ok")
	c.advance("2026-02-15T00:00:00Z")
	c.post(of("acme")+"/cancel", object{"when": "now", "settlement": "none"}).is(200)
	c.post("/v1/workspaces/acme/credits", object{"amount": dollars("50.00"), "reason": "sorry"}).is(201)
	given := c.post("/v1/workspaces/acme/credits/refund", object{"amount": dollars("50.00"), "reason": "asked"}).is(201).says(object{"refunds.2": nil})
	c.advance("2026-02-15T00:00:00Z")
	c.get("/v1/refunds/" + given.text("refunds.0")).is(200).says(object{"status": "succeeded", "amount.amount": "36.00", "gateway": "sandbox"})
	byHand := c.get("/v1/refunds/" + given.text("refunds.1")).is(200).says(object{
		"status": "pending", "amount.amount": "14.00", "gateway": nil, "attempts": []any{}, "available_actions": []any{"record"},
	})
	c.post("/v1/refunds/"+byHand.text("id")+"/retry", nil).refused(409, "invalid_transition")
	c.get("/v1/sandbox/totals").is(200).says(object{"refunded.0.amount": "36.00", "refund_requests": 1})
}

// TestRefundWhileTheGatewayIsAway: nothing is asked, and then with the same key.
func TestRefundWhileTheGatewayIsAway(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_ok")
	c.advance("2026-02-15T00:00:00Z")
	c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
	ended := c.post(of("acme")+"/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	id := c.get("/v1/refunds?workspace=acme", ended.position()).is(200).text("data.0.id")
	c.advance(later(5 * time.Minute))
	c.get("/v1/refunds/" + id).is(200).says(object{"status": "pending", "attempts.0.status": "pending", "available_actions": []any{}})
	c.put("/v1/sandbox/gateway", object{}).is(200)
	done := c.advance(later(11 * time.Minute))
	c.get("/v1/refunds/"+id, done.position()).is(200).says(object{"status": "succeeded", "attempts.0.idempotency_key": id + ":1", "attempts.1": nil})
	c.get("/v1/sandbox/totals").is(200).says(object{"refund_requests": 1, "refunded.0.amount": "18.00"})
}
