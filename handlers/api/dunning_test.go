package api

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

// dunnedWorkspaces counts those that TestDunningLadder goes through the ladder with.
var dunnedWorkspaces = flag.Int("dunned-workspaces", 10, "how many workspaces TestDunningLadder has")

// waitForMoney lets nobody be canceled, nor restricted within a year, for what is not paid.
func (c *client) waitForMoney() {
	c.t.Helper()
	c.put("/v1/dunning", object{"restrict_after_days": 365, "cancel_after_days": nil}).is(200)
}

// TestDunningLadder takes subscriptions whose renewal is declined through the days of the policy: those whose card works at the
// n-th retry recover on its day, and the others are restricted and canceled on theirs, before the renewal of that instant.
func TestDunningLadder(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	days := []string{"2026-02-02", "2026-02-04", "2026-02-06", "2026-02-08"}
	paysOn := func(n int) int { return n % (len(days) + 1) } // the last of them never
	name := func(n int) string { return fmt.Sprint("w-", n) }
	for n := range *dunnedWorkspaces {
		c.collect(name(n), "pro-month", 3)
		token := "tok_insufficient_funds" + strings.Repeat(".insufficient_funds", paysOn(n))
		if paysOn(n) < len(days) {
			token += ".ok"
		}
		c.attach(name(n), token)
	}
	// expect holds all statuses against the number of retries that were made.
	expect := func(at string, retries int, unpaid string) {
		t.Helper()
		seen := c.advance(at).position()
		for n := range *dunnedWorkspaces {
			want := unpaid
			if paysOn(n) < retries {
				want = "active"
			}
			if want == "canceled" {
				c.get(of(name(n)), seen).is(200).says(object{"status": want})
				c.get("/v1/workspaces/"+name(n)+"/current-plan", seen).is(200).says(object{"status": "free", "dunning": nil})
				continue
			}
			access := "full"
			if want == "restricted" {
				access = "read_only"
			}
			c.get("/v1/workspaces/"+name(n)+"/current-plan", seen).is(200).says(object{"status": want, "access": access, "has_added_payment_method": true})
		}
	}
	expect("2026-01-31T23:59:59Z", 0, "active")
	expect("2026-02-01T00:00:00Z", 0, "past_due")
	never := "/v1/workspaces/" + name(len(days))
	c.get(never + "/current-plan").is(200).says(object{
		"dunning.since": "2026-02-01T00:00:00Z", "dunning.invoices.1": nil, "dunning.attempts": 1, "dunning.next_attempt_at": "2026-02-02T00:00:00Z",
		"dunning.retries": "running", "dunning.restrict_at": "2026-02-15T00:00:00Z", "dunning.cancel_at": "2026-03-01T00:00:00Z",
		"dunning.last_failure.code": "insufficient_funds", "dunning.last_failure.kind": "soft",
	})
	for n, day := range days {
		expect(day+"T00:00:00Z", n+1, "past_due")
		expect(day+"T23:59:59Z", n+1, "past_due")
	}
	c.get(never + "/current-plan").is(200).says(object{"dunning.attempts": 5, "dunning.next_attempt_at": nil, "dunning.retries": "done"})
	expect("2026-02-14T23:59:59Z", 4, "past_due")
	expect("2026-02-15T00:00:00Z", 4, "restricted")
	c.post(never+"/subscription/upgrade", object{"price": "pro-year"}).refused(402, "payment_past_due")
	c.post(never+"/seats", object{"member": "ann", "role": "member"}).refused(409, "no_seat_available")
	expect("2026-02-28T23:59:59Z", 4, "restricted")
	expect("2026-03-01T00:00:00Z", 4, "canceled")
	c.get("/v1/workspaces/" + name(len(days)) + "/invoices").is(200).says(object{"data.1.reason": "renewal", "data.2": nil})
	attempts := 0
	for n := range *dunnedWorkspaces {
		attempts += min(paysOn(n)+2, len(days)+1)
		if paysOn(n) < len(days) {
			attempts++ // the renewal of March
		}
	}
	c.get("/v1/sandbox/totals").is(200).says(object{"charge_requests": attempts})
}

// TestDunning tells what stops, holds and starts again what is tried.
func TestDunning(t *testing.T) {
	t.Parallel()
	renewed := func(c *client, workspace, token string) (plan string) {
		c.collect(workspace, "pro-month", 3)
		c.attach(workspace, token)
		return "/v1/workspaces/" + workspace + "/current-plan"
	}
	t.Run("a hard decline stops retries, and another method starts them", func(t *testing.T) {
		t.Parallel()
		_, c := sandbox(t)
		c.openShop()
		plan := renewed(c, "acme", "tok_lost_card")
		other := renewed(c, "birch", "tok_lost_card")
		seen := c.advance("2026-02-03T00:00:00Z").position()
		c.get(plan, seen).is(200).says(object{"status": "past_due", "dunning.retries": "stopped", "dunning.attempts": 1, "dunning.next_attempt_at": nil, "dunning.last_failure.kind": "hard"})
		for workspace, token := range map[string]string{"acme": "tok_insufficient_funds.ok", "birch": "tok_ok"} {
			method := c.attach(workspace, token)
			c.put("/v1/workspaces/"+workspace+"/payment-methods/"+method+"/default", nil).is(200)
		}
		seen = c.advance("2026-02-03T00:00:00Z").position()
		c.get(other, seen).is(200).says(object{"status": "active", "dunning": nil})
		c.get(plan, seen).is(200).says(object{"status": "past_due", "dunning.retries": "running", "dunning.attempts": 2, "dunning.next_attempt_at": "2026-02-04T00:00:00Z"})
		seen = c.advance("2026-02-04T00:00:00Z").position()
		c.get(plan, seen).is(200).says(object{"status": "active", "dunning": nil})
	})
	t.Run("without a method they stop", func(t *testing.T) {
		t.Parallel()
		_, c := sandbox(t)
		c.openShop()
		c.collect("acme", "pro-month", 3)
		method := c.attach("acme", "tok_insufficient_funds")
		c.advance("2026-02-01T12:00:00Z")
		c.delete("/v1/workspaces/acme/payment-methods/" + method).is(200)
		seen := c.advance("2026-02-02T00:00:00Z").position()
		c.get("/v1/workspaces/acme/current-plan", seen).is(200).says(object{"dunning.retries": "stopped", "dunning.attempts": 1, "has_added_payment_method": false})
		c.attach("acme", "tok_ok")
		seen = c.advance("2026-02-02T00:00:00Z").position()
		c.get("/v1/workspaces/acme/current-plan", seen).is(200).says(object{"status": "active"})
	})
	t.Run("an attempt whose outcome is awaited holds all", func(t *testing.T) {
		t.Parallel()
		_, c := sandbox(t)
		c.openShop()
		silent := renewed(c, "acme", "tok_timeout_silent")
		pending := renewed(c, "birch", "tok_insufficient_funds.pending_failed.ok")
		seen := c.advance("2026-02-03T12:00:00Z").position()
		c.get(silent, seen).is(200).says(object{"status": "active", "dunning": nil})
		c.post(of("acme")+"/seats", object{"seats": 4}).is(202)
		c.get(pending).is(200).says(object{"status": "past_due", "dunning.attempts": 2, "dunning.retries": "running", "dunning.next_attempt_at": nil})
		seen = c.advance("2026-02-06T00:00:00Z").position()
		c.get(pending, seen).is(200).says(object{"status": "active"})
		seen = c.advance("2026-02-28T00:00:00Z").position()
		c.get(silent, seen).is(200).says(object{"status": "active", "dunning": nil})
	})
	t.Run("invoices that are sent are on the ladder, too", func(t *testing.T) {
		t.Parallel()
		_, c := sandbox(t)
		c.openShop()
		bought := c.buy("acme", "pro-month", 3)
		plan := "/v1/workspaces/acme/current-plan"
		seen := c.advance("2026-01-31T23:59:59Z").position()
		c.get(plan, seen).is(200).says(object{"status": "active", "dunning": nil})
		seen = c.advance("2026-02-01T00:00:00Z").position()
		c.get(plan, seen).is(200).says(object{
			"status": "past_due", "access": "full", "dunning.since": "2026-02-01T00:00:00Z", "dunning.invoices.0": bought.text("invoice"), "dunning.attempts": 0,
			"dunning.retries": "none", "dunning.restrict_at": "2026-02-14T00:00:00Z", "dunning.cancel_at": "2026-02-28T00:00:00Z", "dunning.last_failure": nil,
		})
		c.get("/v1/subscriptions?status=past_due").is(200).says(object{"data.0.workspace": "acme"})
		c.post(of("acme")+"/seats", object{"seats": 4}).is(200)
		seen = c.advance("2026-02-14T00:00:00Z").position()
		c.get(plan, seen).is(200).says(object{"status": "restricted", "access": "read_only"})
		c.post(of("acme")+"/seats", object{"seats": 5}).refused(402, "payment_past_due")
		c.post(of("acme")+"/seats", object{"seats": 3}).is(200)
		seen = c.settle(bought).position()
		c.get(plan, seen).is(200).says(object{"status": "active", "dunning": nil})
	})
}

// TestDunningPolicy: what falls due keeps the policy that was in force then, though the clock stands still.
func TestDunningPolicy(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	standard := object{"retry_days": []any{1, 3, 5, 7}, "restrict_after_days": 14, "cancel_after_days": 28, "settlement": "credit"}
	c.get("/v1/dunning").is(200).says(standard)
	begins := func(workspace, at string) {
		c.advance(at)
		c.collect(workspace, "pro-month", 3)
		c.attach(workspace, "tok_insufficient_funds")
	}
	begins("early", "2026-01-01T00:00:00Z")
	begins("late", "2026-01-05T00:00:00Z")
	c.advance("2026-02-01T00:00:00Z")
	short := object{"retry_days": []any{2}, "restrict_after_days": 3, "cancel_after_days": nil, "settlement": "none"}
	c.put("/v1/dunning", short).is(200).says(short)
	c.get("/v1/dunning").is(200).says(short)
	c.get("/v1/workspaces/early/current-plan").is(200).says(object{"dunning.next_attempt_at": "2026-02-02T00:00:00Z", "dunning.cancel_at": "2026-03-01T00:00:00Z"})
	seen := c.advance("2026-02-05T00:00:00Z").position()
	c.put("/v1/dunning", object{"restrict_after_days": 5}).is(200).says(object{"cancel_after_days": 28, "restrict_after_days": 5, "settlement": "credit"})
	c.get("/v1/workspaces/late/current-plan", seen).is(200).says(object{
		"dunning.next_attempt_at": "2026-02-07T00:00:00Z", "dunning.restrict_at": "2026-02-08T00:00:00Z", "dunning.cancel_at": nil,
	})
	seen = c.advance("2026-02-15T00:00:00Z").position()
	c.get("/v1/workspaces/early/current-plan", seen).is(200).says(object{"status": "restricted", "dunning.attempts": 5})
	c.get("/v1/workspaces/late/current-plan", seen).is(200).says(object{"status": "restricted", "dunning.attempts": 2, "dunning.retries": "done"})
}
