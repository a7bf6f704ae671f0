package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestASecretIsShownOnce: the first answer alone has the secret, and what comes of a repeat or a refusal leaves none behind.
func TestASecretIsShownOnce(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	kept := func() (n int) {
		if err := b.admin.QueryRow(t.Context(), `SELECT count(*) FROM tallystick.secrets`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := c.post(hooks, aHook, key("once")).is(http.StatusCreated)
	if !strings.HasPrefix(first.text("secret"), "whsec_") || kept() != 1 {
		t.Fatalf("%s, %d kept", first.body, kept())
	}
	again := c.post(hooks, aHook, key("once")).is(http.StatusCreated)
	if again.at("secret") != nil || again.text("id") != first.text("id") || again.header.Get("Idempotent-Replayed") != "true" || kept() != 1 {
		t.Errorf("again: %s, %d kept", again.body, kept())
	}
	c.post(hooks, object{"url": "https://hooks.example/x", "types": []any{"none"}}).refused(422, "type_unknown")
	c.post(hooks+"?dry_run=true", aHook).is(http.StatusOK)
	if kept() != 1 {
		t.Errorf("a refusal and a dry run leave %d kept", kept())
	}
	rotated := c.post(hooks+"/"+first.text("id")+"/rotate-secret", nil).is(http.StatusOK)
	if rotated.text("secret") == first.text("secret") || kept() != 2 {
		t.Errorf("rotated: %s, %d kept", rotated.body, kept())
	}
	for _, path := range []string{"/v1/events", hooks, hooks + "/" + first.text("id")} {
		if shown := c.get(path, rotated.position()).is(http.StatusOK); strings.Contains(string(shown.body), "whsec_") {
			t.Errorf("%s shows a secret", path)
		}
	}
}

// TestReplaysAreCounted asks for what an endpoint heard, and would have heard.
func TestReplaysAreCounted(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	hook := hooks + "/" + c.post(hooks, object{"url": "https://hooks.example/x"}).is(http.StatusCreated).text("id")
	bought := c.buy("acme", "pro-month", 1)
	all := c.post(hook+"/replay", object{"from": 1}).is(http.StatusAccepted).number("deliveries")
	invoices := c.post(hook+"/replay", object{"from": 1, "types": []any{"invoice.*"}}).is(http.StatusAccepted).number("deliveries")
	listed := c.get(hook+"/deliveries?workspace=acme", bought.position()).is(http.StatusOK)
	if all != 2 || invoices != 1 || listed.text("data.0.type") != "invoice.finalized" || listed.number("data.0.sequence") != 2 {
		t.Errorf("%d, %d of them invoices', %s", all, invoices, listed.body)
	}
}

// TestNotices tells a week before a renewal that an invoice will come, and that one is overdue as the day ends on which it was due,
// each once; and of features that change and limits that are reached.
func TestNotices(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	hook := hooks + "/" + c.post(hooks, object{
		"url": "https://hooks.example/x", "types": []any{"invoice.upcoming", "invoice.overdue", "invoice.paid", "feature.*"},
	}).is(http.StatusCreated).text("id")
	heard := func(workspace string) string {
		t.Helper()
		page := c.get(hook+"/deliveries?limit=100&workspace="+workspace, c.post("/v1/workspaces/"+workspace+"/credits",
			object{"amount": object{"amount": "0.01", "currency": "EUR"}, "reason": "to wait for"}).is(http.StatusCreated).position()).is(http.StatusOK)
		var types []string
		for i := range len(page.at("data").([]any)) {
			types = append(types, strings.TrimPrefix(page.text(fmt.Sprintf("data.%d.type", i)), "invoice."))
		}
		slices.Reverse(types)
		return strings.Join(types, " ")
	}
	bought := c.post("/v1/workspaces/acme/subscription", object{
		"price": "pro-month", "seats": 1, "collection": "send_invoice", "days_until_due": 10, "time_zone": "America/New_York",
	}).is(201)
	c.buy("leaves", "pro-month", 1)
	c.post("/v1/workspaces/leaves/subscription/cancel", object{"when": "period_end"}).is(200)
	end := bought.text("subscription.current_period.end") // 1 February in New York
	for _, step := range []struct{ at, want string }{
		{"2026-01-11T04:59:59Z", ""}, {"2026-01-11T05:00:00Z", "overdue"},
		{"2026-01-24T04:59:59Z", "overdue"}, {"2026-01-24T05:00:00Z", "overdue upcoming"}, {"2026-01-30T00:00:00Z", "overdue upcoming"},
	} {
		c.advance(step.at)
		if got := heard("acme"); got != step.want {
			t.Errorf("at %s: %s, want %s", step.at, got, step.want)
		}
	}
	c.post("/v1/workspaces/acme/subscription/cancel", object{"when": "period_end"}).is(200)
	c.post("/v1/workspaces/acme/subscription/uncancel", nil).is(200)
	c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment", object{"amount": object{"amount": "12.00", "currency": "USD"}, "reference": "wire"}).is(200)
	c.advance(end)
	c.advance("2026-02-20T00:00:00Z")
	if got := heard("acme"); got != "overdue upcoming paid overdue" {
		t.Errorf("in the next period: %s", got)
	}
	if got := heard("leaves"); got != "overdue" {
		t.Errorf("of one that ends: %s", got)
	}
	news := c.get(hook + "/deliveries?workspace=acme").is(200)
	told := c.get("/v1/webhook-deliveries/" + news.text("data.2.id")).is(200)
	told.says(object{"payload.data.object.type": "upcoming_invoice", "payload.data.object.id": bought.text("subscription.id"), "payload.data.object.status": "upcoming"})
	c.get("/v1/webhook-deliveries/" + news.text("data.3.id")).is(200).says(object{
		"payload.data.object.type": "invoice", "payload.data.object.id": bought.text("invoice"), "payload.data.object.status": "finalized"})

	feature := "/v1/workspaces/uses/features/calls"
	c.put(feature, object{"limit": 3, "reason": "a promise"}).is(200)
	for _, amount := range []int{2, 1, -1, 1} {
		c.post(feature+"/usage", object{"amount": amount}).is(200)
	}
	c.post(feature+"/usage", object{"amount": 1}).refused(409, "limit_reached")
	c.do(http.MethodDelete, feature, nil).is(200)
	if got := heard("uses"); got != "feature.changed feature.limit_reached feature.limit_reached feature.changed" {
		t.Errorf("of features: %s", got)
	}
}
