package api

import (
	"net/http"
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
