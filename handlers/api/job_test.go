package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestJobs: nobody carries anything out here, so what is due stays; what is parked waits for an operator.
func TestJobs(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.waitForMoney()
	c.get("/v1/jobs").is(200).says(object{"data": []any{}, "page.has_more": false})
	for i := range 4 {
		c.buy(fmt.Sprint("w", i), "pro-month", 1)
	}
	expires := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	last := c.post("/v1/workspaces/w0/seats", object{"member": "ada", "role": "member", "state": "invited", "expires_at": expires}).is(201)
	b.advance(40 * 24 * time.Hour)
	due := c.get("/v1/jobs", last.position()).is(200)
	due.says(object{"data.0.id": "invitation~seating:w0~ada", "data.0.stream": "seating:w0", "data.0.workspace": "w0", "data.0.attempts": 0, "data.0.last_error": nil, "data.0.kind": "invitation", "data.0.member": "ada"})
	c.get("/v1/jobs?kind=reminder", last.position()).is(200).says(object{"data.0.id": "reminder~notice:w0", "data.0.member": nil, "data.0.status": "due"})
	c.get("/v1/jobs?kind=recognition", last.position()).is(200).says(object{"data.0.id": "recognition~books:main", "data.1": nil})
	c.get("/v1/jobs?kind=renewal", last.position()).is(200).says(object{"data.0.kind": "renewal", "data.0.status": "due"})
	paged := slices.DeleteFunc(c.pages("/v1/jobs", "data", "id", 2), func(id string) bool {
		return strings.HasPrefix(id, "reminder~") || strings.HasPrefix(id, "recognition~")
	})
	if !slices.Equal(paged, []string{
		"invitation~seating:w0~ada", "renewal~subscription:w0", "renewal~subscription:w1", "renewal~subscription:w2", "renewal~subscription:w3",
	}) {
		t.Errorf("jobs %v", paged)
	}
	b.advance(300 * 24 * time.Hour)
	c.get("/v1/jobs?kind=renewal").is(200).says(object{"data.0.id": "renewal~subscription:w0", "data.0.status": "parked"})
	c.post("/v1/jobs/notice:w3/retry", nil).is(200).says(object{"id": "notice:w3", "status": "done"})
	c.post("/v1/jobs/notice:w3/retry", nil).refused(404, "job_not_found")
	c.post("/v1/workspaces/w0/subscription/seats", object{"seats": 2}).refused(409, "too_far_behind")
	done := c.post("/v1/jobs/subscription:w0/retry", nil).is(200).says(object{"id": "subscription:w0", "status": "done"})
	if left := c.pages("/v1/jobs", "data", "id", 9, done.position()); slices.Contains(left, "renewal~subscription:w0") {
		t.Errorf("jobs %v", left)
	}
	c.post("/v1/workspaces/w0/subscription/seats", object{"seats": 2}).is(200)
	c.post("/v1/jobs/subscription:w0/retry", nil).refused(404, "job_not_found")
	c.get("/v1/jobs?kind=renewal&workspace=w1&status=parked", done.position()).is(200).says(object{"data.0.id": "renewal~subscription:w1", "data.1": nil})
	c.get("/v1/jobs?status=failed").is(200).says(object{"data": []any{}})
	c.post("/v1/jobs/seating:w0/retry", nil).refused(404, "job_not_found")
	c.post("/v1/jobs/subscription:nobody/retry", nil).refused(404, "job_not_found")
}

// TestWebhooksAreJobs: nobody sends here, so that what an endpoint is to hear stays, among all else that is due.
func TestWebhooksAreJobs(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	hook := c.post(hooks, object{"url": "https://hooks.example/x", "types": []any{"subscription.created", "credit.*"}}).is(201).text("id")
	id := func(bought *answered) string {
		return fmt.Sprintf("webhook~webhook:%s~%s", hook, bought.header.Get("Ledger-Position"))
	}
	gift := func(workspace string) *answered {
		return c.post("/v1/workspaces/"+workspace+"/credits", object{"amount": object{"amount": "1.00", "currency": "USD"}, "reason": "a gift"}).is(201)
	}
	first, second := gift("w0"), gift("w1")
	expires := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	c.post("/v1/workspaces/w0/seats", object{"member": "ada", "role": "member", "state": "invited", "expires_at": expires}).is(201)
	b.advance(2 * time.Hour)
	third := gift("w1")
	c.get("/v1/jobs?kind=webhook&workspace=w0", third.position()).is(200).says(object{
		"data.0.id": id(first), "data.0.kind": "webhook", "data.0.stream": "webhook:" + hook, "data.0.status": "due", "data.0.attempts": 0, "data.0.last_error": nil,
		"data.0.member": nil, "data.0.next_at": nil, "data.1": nil,
	})
	for size := 1; size <= 5; size++ {
		if got, want := c.pages("/v1/jobs", "data", "id", size), []string{id(first), id(second), "invitation~seating:w0~ada", id(third)}; !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, want %v", size, got, want)
		}
	}
	c.post("/v1/jobs/"+id(first)+"/park", object{"reason": ""}).refused(422, "reason_invalid")
	parked := c.post("/v1/jobs/"+id(first)+"/park", object{"reason": "closed"}).is(200).says(object{"id": id(first), "status": "parked"})
	c.get("/v1/jobs?status=parked", parked.position()).is(200).says(object{"data.0.id": id(first), "data.1": nil})
	c.get("/v1/jobs?kind=renewal").is(200).says(object{"data": []any{}})
	retried := c.post("/v1/jobs/"+id(first)+"/retry", nil).is(200).says(object{"id": id(first), "status": "due"})
	c.get("/v1/jobs?status=parked", retried.position()).is(200).says(object{"data": []any{}})
	c.post("/v1/jobs/webhook:"+hook+"/retry", nil).is(200).says(object{"id": "webhook:" + hook, "status": "due"})
	for _, unknown := range []string{"webhook:nobody", "webhook~webhook:" + hook + "~999", "webhook~webhook:" + hook + "~ada", "renewal~webhook:" + hook} {
		c.post("/v1/jobs/"+unknown+"/retry", nil).refused(404, "job_not_found")
		c.post("/v1/jobs/"+unknown+"/park", object{"reason": "no"}).refused(404, "job_not_found")
	}
	disabled := c.put(hooks+"/"+hook, object{"url": "https://hooks.example/x", "status": "disabled"}).is(200)
	c.get("/v1/jobs?kind=webhook", disabled.position()).is(200).says(object{"data": []any{}})
}

// TestParkedJobs: what a person stopped is left alone until a person has it done.
func TestParkedJobs(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.attach("acme", "tok_ok")
	c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
	c.advance("2026-02-01T00:00:30Z")
	found := c.get("/v1/jobs").is(200).says(object{
		"data.0.kind": "charge", "data.0.status": "failed", "data.0.workspace": "acme", "data.0.attempts": 1, "data.0.last_error.code": "gateway_unreachable",
		"data.0.due_at": "2026-02-01T00:00:00Z", "data.0.next_at": "2026-02-01T00:01:00Z", "data.1": nil,
	})
	id := found.text("data.0.id")
	c.post("/v1/jobs/"+id+"/park", object{"reason": ""}).refused(422, "reason_invalid")
	parked := c.post("/v1/jobs/"+id+"/park", object{"reason": "the bank called"}).is(200).says(object{"id": id, "status": "parked"})
	c.get("/v1/jobs?status=parked", parked.position()).is(200).says(object{"data.0.id": id, "data.0.next_at": nil, "data.1": nil})
	c.put("/v1/sandbox/gateway", object{}).is(200)
	c.advance("2026-02-02T12:00:00Z")
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 0})
	c.post("/v1/jobs/"+id+"/retry", nil).is(200).says(object{"status": "due"})
	done := c.advance("2026-02-02T12:00:00Z")
	c.get("/v1/jobs", done.position()).is(200).says(object{"data": []any{}})
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 1})
	c.post("/v1/jobs/"+id+"/retry", nil).refused(404, "job_not_found")
	c.post("/v1/jobs/"+id+"/park", object{"reason": "too late"}).refused(404, "job_not_found")
}

// TestAPaymentThatNobodyTellsOf is asked for until it waits for a person, who says how it went.
func TestAPaymentThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	for workspace, outcome := range map[string]string{"paid": "succeeded", "lost": "failed"} {
		c.attach(workspace, "tok_timeout_silent")
		payment := c.buyUnpaid(workspace).text("payment.id")
		body := object{"outcome": outcome, "reference": "ticket 4711", "reason": "seen at the bank"}
		c.post("/v1/payments/"+payment+"/resolve", body).refused(409, "invalid_transition")
	}
	parked := c.advance("2026-01-10T00:00:00Z")
	c.get("/v1/jobs?status=parked", parked.position()).is(200).says(object{
		"data.0.kind": "ask_gateway", "data.0.last_error.code": "no_answer", "data.0.attempts": 7, "data.1.status": "parked", "data.2": nil,
	})
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": 2, "lookups": 14})
	last := parked
	for workspace, want := range map[string]struct{ outcome, status string }{"paid": {"succeeded", "active"}, "lost": {"failed", "incomplete_expired"}} {
		listed := c.get("/v1/workspaces/"+workspace+"/payments", parked.position()).is(200).says(object{"data.0.status": "unknown", "data.0.available_actions.0": "resolve"})
		payment := listed.text("data.0.id")
		c.get(of(workspace)).is(200).says(object{"status": "incomplete"})
		c.post("/v1/payments/"+payment+"/resolve", object{"outcome": "maybe", "reference": "", "reason": ""}).refused(422, "outcome_invalid")
		body := object{"outcome": want.outcome, "reference": "ticket 4711", "reason": "seen at the bank"}
		told := c.post("/v1/payments/"+payment+"/resolve", body).is(200).says(object{
			"status": want.outcome, "gateway_reference": "ticket 4711", "available_actions": []any{},
		})
		c.get(of(workspace), told.position()).is(200).says(object{"status": want.status})
		last = told
	}
	c.get("/v1/jobs", last.position()).is(200).says(object{"data": []any{}})
}

// TestMoneyRecordedByHand is a payment like others.
func TestMoneyRecordedByHand(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	invoice := c.buy("acme", "pro-month", 3).text("invoice")
	paid := c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": object{"amount": "40.00", "currency": "USD"}, "reference": "wire 7"}).is(200)
	found := c.get("/v1/payments?gateway=manual&workspace=acme&invoice="+invoice, paid.position()).is(200).says(object{
		"data.0.status": "succeeded", "data.0.gateway": "manual", "data.0.amount.amount": "40.00", "data.0.reference": "wire 7", "data.0.gateway_reference": nil,
		"data.0.attempts": []any{}, "data.0.dispute": nil, "data.0.settled_at": "2026-01-01T00:00:00Z", "data.0.workspace": "acme", "data.1": nil,
	})
	c.get("/v1/payments/" + found.text("data.0.id")).is(200).says(object{"invoice": invoice})
}

// TestParkedRefunds: a refund that goes wrong is tried by its schedule, then waits for a person, who has it tried again; and one that a
// person stopped is sent back when they say so.
func TestParkedRefunds(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.attach("fails", "tok_refund_failed")
	c.attach("stopped", "tok_ok")
	for _, workspace := range []string{"fails", "stopped"} {
		c.post(of(workspace), asks()).is(201)
	}
	refund := func(workspace string) string {
		c.post(of(workspace)+"/cancel", object{"when": "now", "settlement": "refund"}).is(200)
		done := c.advance(c.get("/v1/clock").is(200).text("now"))
		return c.get("/v1/refunds?workspace="+workspace, done.position()).is(200).text("data.0.id")
	}
	failing := "refund~refund:" + refund("fails")
	c.get("/v1/jobs").is(200).says(object{
		"data.0.id": failing, "data.0.kind": "refund", "data.0.status": "failed", "data.0.workspace": "fails", "data.0.attempts": 1,
		"data.0.due_at": "2026-01-01T00:00:00Z", "data.0.next_at": "2026-01-01T01:00:00Z", "data.1": nil,
	})
	c.get("/v1/jobs").says(object{"data.0.last_error.code": "refund_failed", "data.0.last_error.detail": "the gateway refused it"})
	c.post("/v1/jobs/"+failing+"/retry", nil).is(200).says(object{"status": "due"})
	c.advance("2026-01-01T00:00:00Z")
	c.get("/v1/jobs").is(200).says(object{"data.0.id": failing, "data.0.attempts": 2, "data.0.next_at": "2026-01-02T00:00:00Z"})
	c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
	stopped := "refund~refund:" + refund("stopped")
	c.get("/v1/jobs?workspace=stopped").is(200).says(object{"data.0.id": stopped, "data.0.status": "failed", "data.0.last_error.code": "gateway_unreachable"})
	c.post("/v1/jobs/"+stopped+"/retry", nil).is(200).says(object{"status": "due"})
	c.advance("2026-01-01T00:00:00Z")
	c.get("/v1/jobs?workspace=stopped").is(200).says(object{"data.0.attempts": 2, "data.0.status": "failed"})
	c.post("/v1/jobs/"+stopped+"/park", object{"reason": "the customer stays"}).is(200).says(object{"id": stopped, "status": "parked"})
	c.put("/v1/sandbox/gateway", object{}).is(200)
	parked := c.advance("2026-01-08T00:00:00Z")
	c.get("/v1/jobs?status=parked&kind=refund", parked.position()).is(200).says(object{
		"data.0.id": stopped, "data.0.next_at": nil, "data.1.id": failing, "data.1.attempts": 4, "data.1.next_at": nil, "data.2": nil,
	})
	c.get("/v1/sandbox/totals").is(200).says(object{"refund_requests": 4, "refunded": []any{}})
	for _, job := range []string{failing, stopped} {
		c.post("/v1/jobs/"+job+"/retry", nil).is(200).says(object{"status": "due"})
	}
	done := c.advance("2026-01-08T00:00:00Z")
	c.get("/v1/jobs", done.position()).is(200).says(object{"data.0.id": failing, "data.0.attempts": 5, "data.1": nil})
	c.get("/v1/refunds?workspace=stopped").is(200).says(object{"data.0.status": "succeeded"})
	c.get("/v1/sandbox/totals").is(200).says(object{"refund_requests": 6, "refunded.0.amount": "36.00"})
}
