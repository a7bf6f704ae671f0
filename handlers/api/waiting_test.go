package api

import (
	"net/http"
	"testing"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// asks gives the body that buys a subscription whose money is collected.
func asks() object { return object{"price": "pro-month", "seats": 3, "collection": "automatic"} }

// again repeats a request, and expects the answer of the first one, told to be that.
func (c *client) again(first *answered, path string, body object, with string) {
	c.t.Helper()
	repeat := c.post(path, body, key(with)).is(first.status)
	if repeat.header.Get("Idempotent-Replayed") != "true" || string(repeat.body) != string(first.body) ||
		repeat.header.Get("Content-Type") != first.header.Get("Content-Type") || repeat.header.Get("ETag") != first.header.Get("ETag") ||
		repeat.position() == nil {
		c.t.Errorf("the repeat is answered %d %v %s, the first was %v %s", repeat.status, repeat.header, repeat.body, first.header, first.body)
	}
}

// TestACommandThatIsPaidAtOnce answers with what the money brought about.
func TestACommandThatIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.attach("acme", "tok_ok")
	bought := c.post(of("acme"), asks(), key("buy")).is(201).says(object{
		"subscription.status": "active", "subscription.pending_update": nil, "payment.status": "succeeded", "payment.amount.amount": "36.00",
	})
	c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).says(object{"status": "finalized", "payment_status": "succeeded"})
	c.again(bought, of("acme"), asks(), "buy")
	c.post(of("acme")+"/seats", object{"seats": 4}).is(200).says(object{"subscription.seats": 4, "payment.status": "succeeded"})
	c.post(of("acme")+"/upgrade", object{"price": "team-month"}).is(200).says(object{"subscription.price": "team-month", "payment.status": "succeeded"})
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 3})
}

// TestACommandThatIsDeclinedAtOnce ends with the decline, and leaves everything as it was.
func TestACommandThatIsDeclinedAtOnce(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.attach("acme", "tok_insufficient_funds.ok.lost_card")
	declined := c.post(of("acme"), asks(), key("buy")).refused(402, "payment_declined").says(object{
		"decline_code": "insufficient_funds", "decline_kind": "soft",
	})
	c.again(declined, of("acme"), asks(), "buy")
	c.get(of("acme"), declined.position()).is(200).says(object{"status": "incomplete_expired", "pending_update": nil})
	void := c.get("/v1/invoices/"+declined.text("invoice"), declined.position()).is(200).says(object{"status": "voided", "number": nil})
	c.get("/v1/payments/"+declined.text("payment"), declined.position()).is(200).says(object{"status": "failed", "invoice": void.text("id")})
	c.post("/v1/invoices/"+void.text("id")+"/pay", object{}).refused(409, "invoice_voided")

	c.post(of("acme"), asks()).is(201)
	c.post("/v1/workspaces/acme/credits", object{"amount": object{"amount": "5.00", "currency": "USD"}, "reason": "gift"}).is(201)
	declined = c.post(of("acme")+"/seats", object{"seats": 9}).refused(402, "payment_declined").says(object{"decline_kind": "hard"})
	c.get(of("acme"), declined.position()).is(200).says(object{"status": "active", "seats": 3, "pending_update": nil})
	c.get("/v1/workspaces/acme/balance", declined.position()).is(200).says(object{"credit.amount": "5.00", "receivable.amount": "0.00"})
}

// TestACommandThatIsAnsweredLater is answered with 202, and what waits for the money goes on to wait, whatever the day.
func TestACommandThatIsAnsweredLater(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	for workspace, want := range map[string]struct{ token, shown, status, after string }{
		"slow":    {"tok_pending_ok", "processing", "succeeded", "active"},
		"never":   {"tok_pending_failed", "processing", "failed", "incomplete_expired"},
		"unknown": {"tok_timeout_ok", "unknown", "succeeded", "active"},
		"lost":    {"tok_timeout_lost", "unknown", "failed", "incomplete"},
		"no card": {"", "", "", "incomplete"},
	} {
		if workspace == "no card" {
			workspace = "none"
			c.post(of(workspace), asks()).is(202).says(object{"payment": nil, "subscription.status": "incomplete"})
			continue
		}
		c.attach(workspace, want.token)
		bought := c.post(of(workspace), asks(), key(workspace)).is(202).says(object{"subscription.status": "incomplete", "payment.status": want.shown})
		c.again(bought, of(workspace), asks(), workspace)
		c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).says(object{"status": "open", "payment_status": want.shown})
	}
	early := c.advance("2026-01-01T12:00:00Z")
	for workspace, status := range map[string]string{"unknown": "active", "lost": "incomplete", "slow": "incomplete", "none": "incomplete"} {
		c.get(of(workspace), early.position()).is(200).says(object{"status": status})
	}
	day := c.advance("2026-01-02T12:00:00Z") // beyond the time for which money is waited for, but for what is processed
	for workspace, status := range map[string]string{"lost": "incomplete_expired", "slow": "incomplete", "never": "incomplete", "none": "incomplete_expired"} {
		c.get(of(workspace), day.position()).is(200).says(object{"status": status})
	}
	done := c.advance("2026-01-03T12:00:00Z")
	for workspace, status := range map[string]string{"slow": "active", "never": "incomplete_expired"} {
		c.get(of(workspace), done.position()).is(200).says(object{"status": status})
	}
}

// TestPayByAnotherMethod: a decline after the answer leaves what waits for the money as it is, and so it can still be paid.
func TestPayByAnotherMethod(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.attach("acme", "tok_timeout_failed")
	invoice := c.buyUnpaid("acme").text("invoice")
	asked := c.advance("2026-01-01T01:00:00Z")
	c.get("/v1/invoices/"+invoice, asked.position()).is(200).says(object{"status": "open", "payment_status": "failed"})
	other := c.attach("acme", "tok_ok")
	paid := c.post("/v1/invoices/"+invoice+"/pay", object{"payment_method": other}).is(200).says(object{"payment.status": "succeeded"})
	c.get(of("acme"), paid.position()).is(200).says(object{"status": "active"})
	// A method that is named pays, and stays none of the default.
	body := asks()
	body["payment_method"] = c.attach("birch", "tok_lost_card")
	named := c.attach("birch", "tok_ok")
	c.post(of("birch"), body).refused(402, "payment_declined")
	body["payment_method"] = named
	c.post(of("birch"), body).is(201).says(object{"payment.payment_method": named})
	body["payment_method"] = "none"
	c.post(of("cedar"), body).refused(422, "payment_method_not_found")
}

// TestATrialThatCanBePaid becomes paid at its end where the workspace has a payment method.
func TestATrialThatCanBePaid(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	for workspace, token := range map[string]string{"pays": "tok_ok", "fails": "tok_lost_card", "none": ""} {
		if token != "" {
			c.attach(workspace, token)
		}
		c.post("/v1/workspaces/"+workspace+"/trial", object{"price": "pro-try", "seats": 3}).is(201)
	}
	done := c.advance("2026-01-16T00:00:00Z")
	for workspace, status := range map[string]string{"pays": "active", "fails": "past_due", "none": "expired"} {
		c.get(of(workspace), done.position()).is(200).says(object{"status": status})
	}
}

// TestRepeatsWhileACommandWaits: a repeat is told that the first one waits, and afterwards what that was answered.
func TestRepeatsWhileACommandWaits(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.attach("acme", "tok_ok")
	c.put("/v1/sandbox/gateway", object{"latency_ms": 1}).is(200)
	release := c.pace.hold()
	first := make(chan *answered)
	go func() { first <- c.post(of("acme"), asks(), key("buy")) }()
	testbed.Eventually(t, "the gateway is asked", func() bool {
		return c.get("/v1/sandbox/totals").is(http.StatusOK).number("charge_requests") == 1
	})
	c.post(of("acme"), asks(), key("buy")).refused(409, "idempotency_in_progress")
	c.post(of("acme"), object{"price": "pro-month", "seats": 4, "collection": "automatic"}, key("buy")).refused(422, "idempotency_key_reused")
	release()
	bought := (<-first).is(201)
	c.again(bought, of("acme"), asks(), "buy")
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 1})
}
