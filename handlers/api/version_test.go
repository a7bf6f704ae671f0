package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const dryRunType = "application/vnd.tallystick.dry-run+json"

func TestIfMatch(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	subscription, pool := "/v1/workspaces/acme/subscription", "/v1/workspaces/acme/seats"
	c.post(subscription, aBuy, header("If-Match", "*")).refused(412, "version_mismatch")
	c.post(subscription, aBuy, header("If-Match", `"v1"`)).refused(412, "version_mismatch")
	for _, never := range []string{`"v"`, `"v00"`, `"v-1"`, `"V0"`, `"0"`, `W/"v0"`, `""`, `"5f3a"`, `"v99999999999999999999"`} {
		c.post(subscription, aBuy, header("If-Match", never)).refused(412, "version_mismatch")
	}
	c.post(subscription, aBuy, header("If-Match", `"5f3a", "v0"`)).is(201)
	c.post(subscription+"/seats", object{"seats": 2}, header("If-Match", "*")).is(200)
	// The precondition goes before the rules.
	c.post(subscription+"/seats", object{"seats": 0}, header("If-Match", `"v1"`)).refused(412, "version_mismatch")
	c.post(subscription+"/seats", object{"seats": 0}, header("If-Match", `"v4"`)).refused(422, "seats_out_of_range")
	c.post(subscription+"/seats", object{"seats": 3}, header("If-Match", `"v7", "v4" ,"v9"`)).is(200)
	c.post(subscription+"/seats", object{"seats": 4}, header("If-Match", `"v5"`), header("If-Match", `"v6"`)).is(200)
	// Seats have the pool's version, which is another.
	seated := c.post(pool, aSeat, header("If-Match", `"v4"`)).is(201)
	changed := c.put(pool+"/new", object{"role": "admin"}, header("If-Match", seated.header.Get("ETag"))).is(200)
	c.put(pool+"/new", object{"role": "guest"}, header("If-Match", seated.header.Get("ETag"))).refused(412, "version_mismatch")
	shown := c.get(pool, changed.position()).is(200)
	released := c.delete(pool+"/new", header("If-Match", shown.header.Get("ETag"))).is(200)
	checked := c.post(pool+"/check", object{"invite": []any{}}, released.position()).is(200)
	if checked.header.Get("ETag") != `"v7"` {
		t.Errorf("ETag of the check: %s", checked.header.Get("ETag"))
	}
	c.post("/v1/products", aProduct, header("If-Match", `"v1"`)).refused(412, "version_mismatch")
	c.post("/v1/products", aProduct, header("If-Match", c.get("/v1/products").header.Get("ETag"))).is(201)
}

// TestDryRun tries every kind of command: the answer is what the command then does, and nothing is done before.
func TestDryRun(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	pool := "/v1/workspaces/acme/seats"
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/v1/products", aProduct},
		{http.MethodPut, "/v1/products/fresh", object{"name": "Fresher"}},
		{http.MethodPost, "/v1/products/fresh/prices", aPrice},
		{http.MethodPost, "/v1/prices/fresh/archive", nil},
		{http.MethodPost, "/v1/products/fresh/archive", nil},
		{http.MethodPost, "/v1/coupons", aCoupon},
		{http.MethodPost, "/v1/workspaces/birch/trial", object{"price": "pro-try"}},
		{http.MethodPost, "/v1/workspaces/birch/trial/extend", object{"end": b.now().AddDate(0, 1, 0).UTC().Truncate(time.Second), "reason": "nice"}},
		{http.MethodPost, "/v1/workspaces/birch/trial/convert", object{"collection": "send_invoice"}},
		{http.MethodPost, "/v1/workspaces/cedar/trial", object{"price": "desk-try"}},
		{http.MethodPost, "/v1/workspaces/cedar/trial/cancel", nil},
		{http.MethodPost, "/v1/workspaces/acme/subscription", aBuy},
		{http.MethodPost, "/v1/workspaces/acme/subscription/seats", object{"seats": 4}},
		{http.MethodPost, "/v1/workspaces/acme/subscription/upgrade", object{"price": "team-month"}},
		{http.MethodPost, pool, object{"member": "ada", "role": "member", "state": "invited"}},
		{http.MethodPost, pool + "/ada/accept", nil},
		{http.MethodPut, pool + "/ada", object{"role": "admin"}},
		{http.MethodPut, pool, object{"members": []any{object{"member": "ada", "role": "guest"}, object{"member": "bob", "role": "guest"}}}},
		{http.MethodDelete, pool + "/ada", nil},
	} {
		c.run(t, r.method+" "+r.path, func(t *testing.T) {
			before := b.events()
			tried := c.do(r.method, r.path+"?dry_run=true", r.body, without("Idempotency-Key")).is(200)
			if after := b.events(); len(after) != len(before) || tried.header.Get("Ledger-Position") != "" || tried.header.Get("Content-Type") != dryRunType {
				t.Fatalf("%s did something: %d events, %v", tried.what, len(after)-len(before), tried.header)
			}
			// The version is the present one, and holds for the command in earnest.
			done := c.do(r.method, r.path, r.body, header("If-Match", tried.header.Get("ETag")))
			if done.status >= 300 {
				t.Fatalf("%s: %d %s", done.what, done.status, done.body)
			}
			events := b.events()[len(before):]
			if tried.at("events."+strings.Repeat("9", 3)) != nil || len(tried.at("events").([]any)) != len(events) || len(events) == 0 {
				t.Fatalf("%s: %d events, want %s", tried.what, len(events), tried.body)
			}
			invoices := 0
			for i, e := range events {
				if e.Type == "invoice.drafted.v1" {
					invoices++
				}
				shown := tried.at("events").([]any)[i].(object)
				// An invoice's id is made anew by every request.
				if shown["stream"] != string(e.Stream) && e.Stream.Type() != "invoice" || shown["type"] != e.Type {
					t.Errorf("%s: event %d is %s of %s, shown as %v", tried.what, i, e.Type, e.Stream, shown)
				}
			}
			if (tried.at("invoice") != nil) != (invoices == 1) {
				t.Errorf("%s makes %d invoices, and says %v", tried.what, invoices, tried.at("invoice"))
			}
		})
	}
	c.post(pool+"?dry_run=true", object{"member": "bob", "role": "member"}, key("ignored"), header("Idempotency-Key", "twice")).
		refused(409, "member_exists")
	c.delete(pool+"/nobody?dry_run=true").refused(404, "member_not_found")
	c.delete(pool+"/bob?dry_run=true", header("If-Match", `"v1"`)).refused(412, "version_mismatch")
	// Nothing to do is nothing to show.
	c.put(pool+"/bob?dry_run=true", object{"role": "guest"}).is(200).says(object{"events": []any{}})
}
