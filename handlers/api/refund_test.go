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

// TestMoneyByHandGoesBackByHand: a payment that was recorded is refunded in parts, each of which waits until it is recorded.
func TestMoneyByHandGoesBackByHand(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 3) // 36.00
	recorded := c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment", object{"amount": dollars("40.00"), "reference": "wire"}).is(200)
	paid := c.get("/v1/payments?workspace=acme", recorded.position()).is(200).says(object{"data.0.gateway": "manual", "data.1": nil}).text("data.0.id")
	back := func(amount string) *answered {
		return c.post("/v1/payments/"+paid+"/refund", object{"amount": dollars(amount), "reason": "asked for it"})
	}
	back("40.01").refused(422, "refund_exceeds_payment")
	over := back("4.00").is(201).says(object{
		"refund.status": "pending", "refund.gateway": nil, "refund.amount.amount": "4.00", "refund.payment": paid, "credit_note": nil,
		"payment.gateway": "manual", "payment.reference": "wire", "payment.amount_refunded.amount": "4.00", "refund.available_actions": []any{"record"},
	})
	part := back("6.00").is(201).says(object{
		"credit_note.refund.amount": "6.00", "credit_note.total.amount": "6.00", "payment.amount_refunded.amount": "10.00", "payment.version": 1,
	})
	c.get("/v1/payments/"+paid, part.position()).is(200).says(object{"amount_refunded.amount": "10.00", "status": "succeeded"})
	c.get("/v1/workspaces/acme/balance", part.position()).is(200).says(object{"credit.amount": "0.00", "receivable.amount": "0.00"})
	back("30.01").refused(422, "refund_exceeds_payment")
	back("1.00").is(201)
	for _, made := range []*answered{over, part} {
		c.post("/v1/refunds/"+made.text("refund.id")+"/record", object{"reference": "wire back"}).is(200).says(object{"status": "succeeded"})
	}
	rest := c.post("/v1/payments/"+paid+"/refund", object{"reason": "all of it"}).is(201).says(object{"refund.amount.amount": "29.00"})
	c.get("/v1/payments/"+paid, rest.position()).is(200).says(object{"amount_refunded.amount": "40.00"})
	back("0.01").refused(422, "refund_exceeds_payment")
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

// TestReturnedMoneyIsOwedAgain: five days after it was taken the bank has it back.
func TestReturnedMoneyIsOwedAgain(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_returned.ok")
	c.advance("2026-02-05T23:59:59Z")
	paid := c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200).says(object{"data.0.status": "succeeded", "data.1": nil}).text("data.0.id")
	c.get("/v1/sandbox/totals").is(200).says(object{"returned": []any{}})
	gone := c.advance("2026-02-06T00:00:00Z")
	reversed := c.get("/v1/payments/"+paid, gone.position()).is(200).says(object{"status": "reversed", "attempts.1": nil})
	invoice := reversed.text("invoice")
	c.get("/v1/invoices/" + invoice).is(200).says(object{
		"amount_paid.amount": "0.00", "amount_outstanding.amount": "36.00", "due_at": "2026-02-06T00:00:00Z",
	})
	c.post("/v1/payments/"+paid+"/refund", object{"reason": "sorry"}).refused(409, "payment_not_succeeded")
	c.get("/v1/sandbox/totals").is(200).says(object{"returned.0.amount": "36.00", "captured.0.amount": "36.00", "charge_requests": 1})
	c.advance("2026-02-12T00:00:00Z")
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 1}) // it is not retried
	c.post("/v1/invoices/"+invoice+"/pay", object{}).is(200).says(object{"payment.attempts.1": nil})
	again := c.advance("2026-02-12T00:00:00Z")
	c.get("/v1/workspaces/acme/payments?gateway=sandbox", again.position()).is(200).says(object{"data.0.status": "reversed", "data.1.status": "succeeded"})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
}

// TestReturnedMoneyOfWhatIsSent: an invoice that is sent is due as its money is gone, and no earlier because a card is declined.
func TestReturnedMoneyOfWhatIsSent(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	for workspace, token := range map[string]string{"acme": "tok_returned", "birch": "tok_insufficient_funds"} {
		invoice := c.buy(workspace, "pro-month", 3).text("invoice")
		c.attach(workspace, token)
		c.post("/v1/invoices/"+invoice+"/pay", object{})
	}
	for _, then := range []struct{ at, acme, birch string }{
		{"2026-01-06T23:59:59Z", "active", "active"}, {"2026-01-07T00:00:00Z", "past_due", "active"}, {"2026-01-20T00:00:00Z", "restricted", "active"},
	} {
		seen := c.advance(then.at).position()
		c.get("/v1/workspaces/acme/current-plan", seen).is(200).says(object{"status": then.acme})
		c.get("/v1/workspaces/birch/current-plan", seen).is(200).says(object{"status": then.birch})
	}
	c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200).says(object{"data.0.status": "reversed"})
	c.get("/v1/workspaces/birch/payments?gateway=sandbox").is(200).says(object{"data.0.status": "failed"})
}

// TestDisputes: one that the customer opens is open, and won or lost when the bank says so.
func TestDisputes(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"won", "lost"} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			_, c := sandbox(t)
			c.openShop()
			c.collect("acme", "pro-month", 3)
			c.attach("acme", "tok_dispute")
			opened := c.advance("2026-02-02T00:00:00Z")
			dispute := c.get("/v1/disputes?workspace=acme&status=open", opened.position()).is(200).says(object{
				"data.0.amount.amount": "36.00", "data.0.reason": "fraudulent", "data.0.opened_at": "2026-02-02T00:00:00Z", "data.0.closed_at": nil, "data.1": nil,
			})
			id, invoice, paid := dispute.text("data.0.id"), dispute.text("data.0.invoice"), dispute.text("data.0.payment")
			c.get("/v1/invoices/" + invoice).is(200).says(object{"disputed": true, "amount_outstanding.amount": "0.00"})
			c.get("/v1/payments/" + paid).is(200).says(object{"status": "succeeded", "dispute": id})
			closed := c.post("/v1/sandbox/disputes/"+id+"/close", object{"outcome": outcome}).is(200).says(object{"id": id, "status": outcome})
			c.get("/v1/disputes/"+id, closed.position()).is(200).says(object{"status": outcome, "closed_at": "2026-02-02T00:00:00Z"})
			owed, status := "0.00", "succeeded"
			if outcome == "lost" {
				owed, status = "36.00", "reversed"
			}
			c.get("/v1/invoices/"+invoice, closed.position()).is(200).says(object{"disputed": false, "amount_outstanding.amount": owed})
			c.get("/v1/payments/"+paid, closed.position()).is(200).says(object{"status": status})
			done := c.advance("2026-02-20T00:00:00Z") // what was told is told again, and nothing happens twice
			c.get("/v1/workspaces/acme/balance", done.position()).is(200).says(object{"receivable.amount": owed})
			c.get("/v1/sandbox/totals").is(200).says(object{"disputed.0.amount": "36.00", "refunded": []any{}})
		})
	}
}

// TestByOtherHands refunds and disputes a charge at the gateway.
func TestByOtherHands(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	method := c.attach("acme", "tok_ok")
	c.advance("2026-02-15T00:00:00Z")
	charge := c.get("/v1/sandbox/charges").is(200).text("data.0.id")
	made := c.post("/v1/sandbox/charges/"+charge+"/refund", object{"amount": dollars("10.00")}).is(201).says(object{"kind": "refund", "refund": nil, "requests": 0})
	note := c.get("/v1/credit-notes?workspace=acme", made.position()).is(200).says(object{
		"data.0.reason": "gateway", "data.0.refund.amount": "10.00", "data.0.total.amount": "10.00", "data.1": nil,
	})
	c.get("/v1/refunds?workspace=acme").is(200).says(object{
		"data.0.status": "succeeded", "data.0.credit_note": note.text("data.0.id"), "data.0.gateway_reference": made.text("id"), "data.1": nil,
	})
	c.post("/v1/sandbox/charges/"+charge+"/refund", object{"amount": dollars("5.00"), "silent": true}).is(201)
	c.post("/v1/sandbox/charges/"+charge+"/refund", object{"amount": dollars("22.00")}).refused(422, "refund_exceeds_charge")
	c.get("/v1/sandbox/totals").is(200).says(object{"refund_requests": 0, "refunded.0.amount": "15.00"})
	opened := c.post("/v1/sandbox/charges/"+charge+"/dispute", object{}).is(201).says(object{"status": "open", "amount.amount": "21.00"})
	c.get("/v1/disputes/"+opened.text("id"), opened.position()).is(200).says(object{"invoice": opened.text("invoice")})
	c.post("/v1/sandbox/charges/"+charge+"/dispute", object{}).refused(409, "charge_disputed")
	c.post("/v1/sandbox/payment-methods/"+method+"/remove", nil).is(200).says(object{"removed": true})
	done := c.advance("2026-02-15T00:00:00Z")
	c.get("/v1/refunds?workspace=acme", done.position()).is(200).says(object{"data.1": nil})
	c.get("/v1/disputes", done.position()).is(200).says(object{"data.0.status": "open", "data.1": nil})
}

// TestRefundPayment sends a payment back in parts, as far as something is left of it.
func TestRefundPayment(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_ok")
	c.advance("2026-02-15T00:00:00Z")
	id := c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200).text("data.0.id")
	path := "/v1/payments/" + id + "/refund"
	c.post(path, object{"amount": dollars("10.00"), "reason": "sorry"}).is(201).says(object{
		"refund.amount.amount": "10.00", "refund.payment": id, "credit_note.total.amount": "10.00", "credit_note.refund.amount": "10.00",
		"credit_note.reduced.amount": "0.00", "payment.amount_refunded.amount": "10.00", "payment.status": "succeeded",
	})
	c.post(path, object{"amount": dollars("26.01"), "reason": "sorry"}).refused(422, "refund_exceeds_payment")
	all := c.post(path, object{"reason": "sorry"}).is(201).says(object{"refund.amount.amount": "26.00", "payment.amount_refunded.amount": "36.00"})
	c.post(path, object{"reason": "sorry"}).refused(422, "refund_exceeds_payment")
	c.advance("2026-02-15T00:00:00Z")
	c.get("/v1/refunds/" + all.text("refund.id")).is(200).says(object{"status": "succeeded"})
	c.get("/v1/sandbox/totals").is(200).says(object{"refunded.0.amount": "36.00", "refund_requests": 2})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
	c.post("/v1/payments/none/refund", object{"reason": "sorry"}).refused(404, "payment_not_found")
}

// TestRefundOverpayment takes the credit that an overpayment became, without a credit note.
func TestRefundOverpayment(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_pending_ok")
	c.advance("2026-02-01T00:00:00Z")
	open := c.get("/v1/workspaces/acme/payments?gateway=sandbox").is(200)
	c.post("/v1/invoices/"+open.text("data.0.invoice")+"/record-payment", object{"amount": dollars("30.00"), "reference": "wire"}).is(200)
	c.advance("2026-02-03T00:00:00Z") // the gateway takes 36.00, of which 6.00 are owed
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"credit.amount": "30.00"})
	path := "/v1/payments/" + open.text("data.0.id") + "/refund"
	c.post(path, object{"amount": dollars("20.00"), "reason": "too much"}).is(201).says(object{"credit_note": nil, "refund.credit_note": nil, "refund.amount.amount": "20.00"})
	c.post(path, object{"amount": dollars("12.00"), "reason": "more"}).is(201).says(object{
		"refund.amount.amount": "12.00", "credit_note.total.amount": "2.00", "payment.amount_refunded.amount": "32.00",
	})
	c.advance("2026-02-03T00:00:00Z")
	c.get("/v1/sandbox/totals").is(200).says(object{"refunded.0.amount": "32.00"})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"credit.amount": "0.00", "receivable.amount": "0.00"})
}
