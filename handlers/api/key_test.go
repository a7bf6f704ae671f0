package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
)

// TestRoles holds every role against every route: what the contract lets it, and 403 for all else.
func TestRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(Options{})
	for _, role := range everyRole {
		c := b.client(p, role)
		for _, r := range routes() {
			if r.kind == kindOpen {
				continue
			}
			read := r.method == http.MethodGet
			catalog := strings.HasPrefix(r.path, "/v1/products") || strings.HasPrefix(r.path, "/v1/prices") || r.path == "/v1/coupons"
			may := map[Role]bool{
				RoleAdmin:   true,
				RoleAuditor: read,
				RoleFinance: read || strings.HasPrefix(r.path, "/v1/invoices/") || r.id == "grant-credit",
				RoleClient: strings.HasPrefix(r.path, "/v1/workspaces") && r.id != "grant-credit" && r.id != "extend-trial" ||
					catalog && read,
			}[role]
			a := c.do(r.method, target(&r), `{"not":"a command"}`)
			if refused := a.status == 403; refused == may {
				t.Errorf("%s %s: %d", role, r.id, a.status)
			}
			if a.status == 403 {
				a.refused(403, codeRoleNotAllowed)
			}
		}
	}
	if n := len(b.events()); n != 0 {
		t.Errorf("%d events were written", n)
	}
}

// TestCredentials gives every route all that is no valid key.
func TestCredentials(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(Options{}), RoleAdmin)
	revoked := b.token(b.ledger, RoleAdmin)
	if err := b.keys.Revoke(t.Context(), b.admin, strings.Split(revoked, "_")[2], time.Now()); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(c.token, "_")
	turned := func(i int, value string) string {
		changed := slices.Clone(parts)
		changed[i] = value
		return "Bearer " + strings.Join(changed, "_")
	}
	bad := []string{
		"", "Bearer", "Bearer ", "Basic " + c.token, c.token, "Bearer  " + c.token, "License " + c.token,
		"Bearer " + revoked, "Bearer " + c.token + "x", "Bearer " + c.token[:len(c.token)-1], turned(0, "blk"), turned(1, "sandbox"),
		turned(1, "Live"), turned(2, "AAAAAAAAAAAA"), turned(2, "'; DROP TABLE"), turned(3, strings.Repeat("A", secretLen)),
		turned(3, strings.Repeat("é", secretLen/2)), "Bearer " + strings.Repeat("x", 10_000),
	}
	for _, r := range routes() {
		for _, value := range bad {
			if r.kind == kindOpen {
				continue
			}
			a := c.do(r.method, fill(r.path), nil, without("Authorization"), header("Authorization", value)).refused(401, codeUnauthenticated)
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: WWW-Authenticate is %q", r.id, a.header.Get("WWW-Authenticate"))
			}
		}
		if r.kind != kindOpen {
			c.do(r.method, fill(r.path), nil, without("Authorization")).refused(401, codeUnauthenticated)
			c.do(r.method, fill(r.path), nil, header("Authorization", "Bearer "+c.token)).refused(401, codeUnauthenticated)
		}
	}
	c.get("/v1/events", without("Authorization"), header("Authorization", "bearer "+c.token)).is(200)
}

func TestRevokedWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(Options{}), RoleAuditor)
	c.get("/v1/events").is(200)
	id := strings.Split(c.token, "_")[2]
	for range 2 {
		if err := b.keys.Revoke(t.Context(), b.admin, id, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b.advance(keyCacheFor)
	c.get("/v1/events").refused(401, codeUnauthenticated)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	sandbox := b.newLedger("sandbox", eventstore.ModeSandbox)
	key, token, err := b.keys.Create(t.Context(), b.admin, sandbox, RoleFinance, "the books", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mode, id, secret, ok := parseToken([]string{"Bearer " + token})
	if !ok || mode != "sandbox" || id != key.ID || len(secret) != 43 {
		t.Errorf("token %s of key %+v", token, key)
	}
	b.token(b.ledger, RoleClient)
	all, err := b.keys.List(t.Context(), b.admin, uuid.Nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("all keys: %+v, %v", all, err)
	}
	own, err := b.keys.List(t.Context(), b.admin, sandbox.ID)
	if err != nil || len(own) != 1 || own[0].ID != key.ID || own[0].Name != "the books" || own[0].RevokedAt != nil {
		t.Fatalf("keys of the sandbox: %+v, %v", own, err)
	}
	if err := b.keys.Revoke(t.Context(), b.admin, "nosuchkey000", time.Now()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("revoking an unknown key: %v", err)
	}
	if _, _, err := b.keys.Create(t.Context(), b.admin, sandbox, "root", "", time.Now()); !errors.Is(err, ErrRoleUnknown) {
		t.Errorf("creating a key of an unknown role: %v", err)
	}
	if found := find62(t, 2_000); len(found) != len(base62) {
		t.Errorf("%d characters are drawn", len(found))
	}
}

// find62 gives the characters that occur in random texts.
func find62(t *testing.T, n int) map[rune]bool {
	t.Helper()
	found := map[rune]bool{}
	for _, c := range randomBase62(n) {
		found[c] = true
	}
	return found
}

// TestLedgersAreApart gives a key of one ledger everything of another: names, positions, cursors and idempotency keys.
func TestLedgersAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(Options{})
	ours := b.client(p, RoleAdmin)
	ours.openShop()
	ours.buy("acme", "pro-month", 2)
	last := ours.post("/v1/workspaces/acme/seats", aSeat, key("one")).is(201)
	other := b.newLedger("other", eventstore.ModeSandbox)
	theirs := &client{t: t, base: p.url, token: b.token(other, RoleAdmin)}
	theirs.get("/v1/products").is(200).says(object{"data": []any{}})
	theirs.get("/v1/products/pro").refused(404, "product_not_found")
	theirs.get("/v1/workspaces/acme/subscription").refused(404, "no_subscription")
	theirs.get("/v1/workspaces/acme/current-plan").is(200).says(object{"status": "free", "product": nil})
	theirs.get("/v1/workspaces/acme/seats").is(200).says(object{"allocated": 0, "members.data": []any{}})
	theirs.get("/v1/subscriptions").is(200).says(object{"data": []any{}})
	events := theirs.get("/v1/events").is(200).says(object{"data": []any{}})
	if events.header.Get("Ledger-Position") != "0" {
		t.Errorf("position %s", events.header.Get("Ledger-Position"))
	}
	theirs.get("/v1/streams/seating:acme/events").is(200).says(object{"data": []any{}})
	theirs.get("/v1/events?cursor="+ours.get("/v1/events?limit=1").is(200).text("page.next")).refused(400, codeCursorInvalid)
	theirs.post("/v1/workspaces/acme/seats", aSeat, key("one")).refused(409, "no_seat_available")
	theirs.delete("/v1/workspaces/acme/seats/new").refused(404, "member_not_found")
	theirs.get("/v1/projections").is(200).says(object{"data.0.position": 0, "data.0.lag": 0})
	ours.get("/v1/workspaces/acme/seats", last.position()).is(200).says(object{"allocated": 1})
}
