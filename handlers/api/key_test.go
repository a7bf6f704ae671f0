package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// forMoney lists what of a workspace finance does, and no client.
var forMoney = map[string]bool{
	"set-book-policy": true, "close-book-period": true,
	"sync-billing": true, "repair-billing": true, "set-tax": true, "issue-invoice": true, "add-invoice-item": true, "remove-invoice-item": true}

// forAdmins lists what of a workspace no client does.
var forAdmins = map[string]bool{
	"extend-trial": true, "override-feature": true, "remove-override": true,
	"link-workspace-license": true, "unlink-workspace-license": true, "sync-workspace-license": true, "upload-workspace-license": true,
}

// TestRoles holds every role against every route: what the contract lets it, and 403 for all else.
func TestRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for _, role := range endpoint.RolesAll {
		c := b.client(p, role)
		for _, r := range routes {
			c.run(t, string(role)+" "+r.ID, func(t *testing.T) {
				if r.Roles == nil || r.OfLicense() {
					return
				}
				read := r.Method == http.MethodGet
				catalog := strings.HasPrefix(r.Path, "/v1/products") || strings.HasPrefix(r.Path, "/v1/prices") || strings.HasPrefix(r.Path, "/v1/coupons")
				may := map[endpoint.Role]bool{
					endpoint.RoleAdmin:   true,
					endpoint.RoleAuditor: read || r.ID == "create-export",
					endpoint.RoleFinance: read || r.ID == "create-export" || strings.HasPrefix(r.Path, "/v1/invoices/") || r.ID == "link-credit-note" || r.ID == "grant-credit" || r.ID == "refund-credit" ||
						strings.HasPrefix(r.Path, "/v1/refunds/") || strings.HasPrefix(r.Path, "/v1/payments/") || forMoney[r.ID],
					endpoint.RoleClient: strings.HasPrefix(r.Path, "/v1/workspaces") && r.ID != "grant-credit" && r.ID != "refund-credit" && !forMoney[r.ID] && !forAdmins[r.ID] ||
						catalog && read || strings.HasPrefix(r.ID, "link-") && !forAdmins[r.ID] || r.ID == "pay-invoice" || strings.HasPrefix(r.Path, "/v1/payment-links/") || r.ID == "list-license-keys",
				}[role]
				a := c.do(r.Method, target(&r), `{"not":"a command"}`)
				if refused := a.status == 403; refused == may {
					t.Errorf("%s %s: %d", role, r.ID, a.status)
				}
				if a.status == 403 {
					a.refused(403, "role_not_allowed")
				}
			})
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
	c := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	revoked := b.token(b.ledger, endpoint.RoleAdmin)
	if err := b.operator().RevokeKey(t.Context(), strings.Split(revoked, "_")[2], time.Now()); err != nil {
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
		turned(1, "Live"), turned(2, "AAAAAAAAAAAA"), turned(2, "'; DROP TABLE"), turned(3, strings.Repeat("A", 43)),
		turned(3, strings.Repeat("é", 21)), "Bearer " + strings.Repeat("x", 10_000),
	}
	for _, r := range routes {
		if r.Roles == nil || r.OfLicense() {
			continue
		}
		c.run(t, r.ID, func(t *testing.T) {
			for _, value := range bad {
				if r.ID == "list-license-keys" && strings.HasPrefix(value, "License ") {
					continue // which a license key opens
				}
				a := c.do(r.Method, fill(r.Path), nil, without("Authorization"), header("Authorization", value)).refused(401, "unauthenticated")
				if a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%.80s: WWW-Authenticate is %q", value, a.header.Get("WWW-Authenticate"))
				}
			}
			c.do(r.Method, fill(r.Path), nil, without("Authorization")).refused(401, "unauthenticated")
			c.do(r.Method, fill(r.Path), nil, header("Authorization", "Bearer "+c.token)).refused(401, "unauthenticated")
		})
	}
	c.get("/v1/events", without("Authorization"), header("Authorization", "bearer "+c.token)).is(200)
}

// TestLedgersAreApart gives a key of one ledger everything of another: names, positions, cursors and idempotency keys.
func TestLedgersAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	ours := b.client(p, endpoint.RoleAdmin)
	ours.openShop()
	ours.buy("acme", "pro-month", 2)
	last := ours.post("/v1/workspaces/acme/seats", aSeat, key("one")).is(201)
	other := b.newLedger("other", eventstore.ModeSandbox)
	theirs := &client{t: t, base: p.url, token: b.token(other, endpoint.RoleAdmin)}
	theirs.get("/v1/products").is(200).says(object{"data": []any{}})
	theirs.get("/v1/products/pro").refused(404, "product_not_found")
	theirs.get("/v1/workspaces/acme/subscription").refused(404, "no_subscription")
	theirs.get("/v1/workspaces/acme/current-plan").is(200).says(object{"status": "none", "product": nil})
	theirs.get("/v1/workspaces/acme/seats").is(200).says(object{"allocated": 0, "members.data": []any{}})
	theirs.get("/v1/subscriptions").is(200).says(object{"data": []any{}})
	events := theirs.get("/v1/events").is(200).says(object{"data": []any{}})
	if events.header.Get("Ledger-Position") != "0" {
		t.Errorf("position %s", events.header.Get("Ledger-Position"))
	}
	theirs.get("/v1/streams/seating:acme/events").is(200).says(object{"data": []any{}})
	theirs.get("/v1/events?cursor="+ours.get("/v1/events?limit=1").is(200).text("page.next")).refused(400, "cursor_invalid")
	theirs.post("/v1/workspaces/acme/seats", aSeat, key("one")).refused(409, "no_seat_available")
	theirs.delete("/v1/workspaces/acme/seats/new").refused(404, "member_not_found")
	theirs.get("/v1/projections").is(200).says(object{"data.0.position": 0, "data.0.lag": 0})
	ours.get("/v1/workspaces/acme/seats", last.position()).is(200).says(object{"allocated": 1})
}
