package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// same expects two answers to be one.
func same(t *testing.T, first, second *answered) {
	t.Helper()
	if first.status != second.status || !bytes.Equal(first.body, second.body) {
		t.Errorf("%d %s\nis not %d %s", second.status, second.body, first.status, first.body)
	}
	for _, name := range []string{"ETag", "Ledger-Position", "Content-Type", "Content-Length"} {
		if first.header.Get(name) != second.header.Get(name) {
			t.Errorf("%s is %q and was %q", name, second.header.Get(name), first.header.Get(name))
		}
	}
}

// TestReplay repeats each kind of command long after the state has moved on.
func TestReplay(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	pool := "/v1/workspaces/acme/seats"
	requests := []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/v1/products", object{"code": "new", "name": "New", "tier": 1}},
		{http.MethodPut, "/v1/products/new", object{"name": "Newer"}},
		{http.MethodPost, "/v1/products/new/prices", object{"code": "new", "currency": "JPY", "interval": "year", "unit_amount": "900"}},
		{http.MethodPost, "/v1/workspaces/acme/subscription", object{"price": "pro-month", "seats": 2, "collection": "send_invoice"}},
		{http.MethodPost, "/v1/workspaces/acme/subscription/seats", object{"seats": 4}},
		{http.MethodPost, "/v1/workspaces/acme/subscription/seats", object{"seats": 4}}, // changes nothing
		{http.MethodPost, "/v1/workspaces/acme/subscription/upgrade", object{"price": "team-month"}},
		{http.MethodPost, pool, object{"member": "ada", "role": "member", "state": "invited"}},
		{http.MethodPost, pool + "/ada/accept", nil},
		{http.MethodPut, pool + "/ada", object{"role": "admin"}},
		{http.MethodDelete, pool + "/ada", nil},
		{http.MethodPut, pool, object{"members": []any{object{"member": "bob", "role": "guest"}}}},
		{http.MethodPut, "/v1/workspaces/acme/billing-details", object{"name": "Ada", "country": "GB"}},
		{http.MethodPut, "/v1/workspaces/acme/billing-details", object{"name": "Ada", "country": "GB"}}, // changes nothing
		{http.MethodDelete, "/v1/workspaces/acme/billing-details", nil},
		{http.MethodPut, "/v1/workspaces/acme/members/ada/details", object{"email": "ada@example.com"}},
		{http.MethodDelete, "/v1/workspaces/acme/members/ada/details", nil},
		{http.MethodPut, "/v1/seller", aSeller},
		{http.MethodPut, "/v1/dunning", object{"cancel_after_days": nil}},
		{http.MethodPost, "/v1/prices/new/archive", nil},
		{http.MethodPost, "/v1/products/new/archive", nil},
	}
	answers := make([]*answered, len(requests))
	for i, r := range requests {
		answers[i] = c.do(r.method, r.path, r.body, key(fmt.Sprint("k", i)))
		if answers[i].status >= 300 || answers[i].header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("%s %s: %d %s %v", r.method, r.path, answers[i].status, answers[i].body, answers[i].header)
		}
	}
	before := len(b.events())
	// Another process answers the same: what is repeated is stored, and not remembered.
	for name, who := range map[string]*client{"here": c, "elsewhere": b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)} {
		for i, r := range requests {
			who.run(t, fmt.Sprint(i, " ", r.method, " ", r.path, " ", name), func(t *testing.T) {
				again := who.do(r.method, r.path, r.body, key(fmt.Sprint("k", i)))
				same(t, answers[i], again)
				if again.header.Get("Idempotent-Replayed") != "true" {
					t.Error("no Idempotent-Replayed")
				}
			})
		}
	}
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written by repeats", after-before)
	}
}

func TestKeyReused(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 9)
	pool := "/v1/workspaces/acme/seats"
	first := c.post(pool, `{"member":"ada","role":"member"}`, key("a key")).is(201)
	// White space, the order of members, escapes and dry_run=false make no other request.
	same(t, first, c.post(pool, "{ \"role\" : \"member\",\n\"member\": \"\\u0061da\" }", key("a key")))
	same(t, first, c.post(pool+"?dry_run=false", `{"member":"ada","role":"member"}`, key("a key")))
	for _, other := range []*answered{
		c.post(pool, `{"member":"bob","role":"member"}`, key("a key")),
		c.post(pool, `{"member":"ada","role":"member","state":"active"}`, key("a key")),
		c.post("/v1/workspaces/beta/seats", `{"member":"ada","role":"member"}`, key("a key")),
		c.put(pool+"/ada", `{"role":"member"}`, key("a key")),
		c.delete(pool+"/ada", key("a key")),
		c.post("/v1/workspaces/nobody/subscription/seats", `{"seats":1}`, key("a key")), // would be refused by a rule
	} {
		other.refused(422, "idempotency_key_reused")
	}
	// The key goes before a precondition, and what can't be read goes before the key.
	same(t, first, c.post(pool, `{"member":"ada","role":"member"}`, key("a key"), header("If-Match", `"v999"`)))
	c.post(pool, `{"member":"ada"`, key("a key")).refused(400, "json_invalid")
	c.post(pool, `{"member":"bob","role":"member"}`, key("a Key")).is(201)
	c.post(pool, `{"member":"eve","role":"member"}`, key(strings.Repeat("~", 255))).is(201)
	// No body is {}.
	c.post(pool, object{"member": "fay", "role": "member", "state": "invited"}).is(201)
	empty := c.post(pool+"/fay/accept", nil, key("empty")).is(200)
	same(t, empty, c.post(pool+"/fay/accept", `{}`, key("empty")))
	same(t, empty, c.post(pool+"/fay/accept", ` { } `, key("empty")))
}

func TestRefusalLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	pool := "/v1/workspaces/acme/seats"
	c.buy("acme", "pro-month", 1)
	c.seat("acme", "ada", "member")
	c.post(pool, aSeat, key("again")).refused(409, "no_seat_available")
	c.post(pool, object{"member": "", "role": "member"}, key("again")).refused(422, "name_invalid")
	c.delete(pool + "/ada").is(200)
	c.post(pool, aSeat, key("again")).is(201)
	c.post(pool, object{"member": "", "role": "member"}, key("again")).refused(422, "idempotency_key_reused")
}

// TestOneKeyManyTimes posts one request a thousand times at once: one effect, identical answers.
func TestOneKeyManyTimes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin), b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)}
	clients[0].openShop()
	clients[0].buy("acme", "pro-month", 9)
	before := len(b.events())
	answers := make([]*answered, 1_000)
	var callers sync.WaitGroup
	for i := range answers {
		callers.Go(func() {
			a, err := clients[i%2].quick(http.MethodPost, "/v1/workspaces/acme/seats", aSeat, key("the key"))
			if err != nil {
				t.Error(err)
				return
			}
			answers[i] = a
		})
	}
	callers.Wait()
	first := 0
	for _, a := range answers {
		if a == nil {
			t.Fatal("an answer is missing")
		}
		same(t, answers[0], a.is(201))
		if a.header.Get("Idempotent-Replayed") == "" {
			first++
		}
	}
	if after := len(b.events()); after != before+1 || first != 1 {
		t.Errorf("%d events, %d first answers", after-before, first)
	}
}
