package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// object is a JSON object.
type object = map[string]any

// openShop fills the catalog that most tests buy from.
func (c *client) openShop() {
	c.t.Helper()
	product := func(code string, tier int, more object) {
		body := object{"code": code, "name": code, "tier": tier}
		for name, value := range more {
			body[name] = value
		}
		c.post("/v1/products", body).is(http.StatusCreated)
	}
	price := func(product, code string, more object) {
		body := object{"code": code, "currency": "USD", "interval": "month", "unit_amount": "12"}
		for name, value := range more {
			body[name] = value
		}
		c.post("/v1/products/"+product+"/prices", body).is(http.StatusCreated)
	}
	product("free", 0, object{"free": true, "free_seats": 3})
	product("pro", 10, object{"guests_per_seat": 1})
	product("team", 20, object{"features": object{"sso": true}, "limits": object{"calls": object{"limit": 1000, "per": "period"}}})
	product("old", 30, nil)
	product("desk", 10, object{"family": "desk"})
	price("pro", "pro-month", nil)
	price("pro", "pro-year", object{"interval": "year", "unit_amount": "120.50"})
	price("pro", "pro-eur", object{"currency": "EUR"})
	price("pro", "pro-gone", nil)
	price("team", "team-month", object{"unit_amount": "20", "min_seats": 2, "max_seats": 5})
	price("team", "team-eur", object{"currency": "EUR"})
	price("team", "team-many", object{"min_seats": 50})
	price("old", "old-month", nil)
	price("pro", "pro-try", object{"trial_days": 14})
	price("team", "team-try", object{"trial_days": 14, "unit_amount": "20", "tax_rate": "0.19"})
	price("desk", "desk-try", object{"trial_days": 7})
	c.post("/v1/prices/pro-gone/archive", nil).is(http.StatusOK)
	c.post("/v1/products/old/archive", nil).is(http.StatusOK)
}

// buy gives a workspace a subscription.
func (c *client) buy(workspace, price string, seats int) *answered {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/subscription", object{"price": price, "seats": seats, "collection": "send_invoice"}).
		is(http.StatusCreated)
}

// tryOut starts a workspace's trial.
func (c *client) tryOut(workspace, price string, seats int) *answered {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/trial", object{"price": price, "seats": seats}).is(http.StatusCreated)
}

// seat gives a member a seat.
func (c *client) seat(workspace, member, role string) *answered {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/seats", object{"member": member, "role": role}).is(http.StatusCreated)
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/v1/products").is(200).says(object{"data": []any{}, "page.next": nil, "page.has_more": false})
	created := c.post("/v1/products", object{
		"code": "team", "name": "Team", "tier": 20, "family": "apps", "guests_per_seat": 2,
		"features": object{"sso": true, "api": object{"rate": 1.5}}, "limits": object{"calls": object{"limit": 10, "per": "period"}, "boards": object{"limit": 3, "per": nil}},
	}).is(201)
	created.says(object{
		"code": "team", "name": "Team", "family": "apps", "tier": 20, "guests_per_seat": 2, "free": false, "archived": false,
		"features.sso": true, "features.api.rate": 1.5, "limits.calls.limit": 10, "limits.calls.per": "period", "limits.boards.per": nil,
		"prices": []any{},
	})
	if created.header.Get("ETag") != `"v1"` || created.header.Get("Ledger-Position") != "1" {
		t.Errorf("headers: %v", created.header)
	}
	c.post("/v1/products/team/prices", object{
		"code": "team-volume", "currency": "EUR", "interval": "year", "scheme": "volume", "tax_rate": "0.19", "tax_behavior": "inclusive",
		"proration": "second", "trial_days": 14, "min_seats": 2, "max_seats": 50,
		"tiers": []any{object{"up_to": 10, "unit_amount": "9.5"}, object{"up_to": nil, "unit_amount": "8", "flat_amount": "1"}},
	}).is(201).says(object{
		"code": "team-volume", "product": "team", "currency": "EUR", "interval": "year", "interval_count": 1, "scheme": "volume",
		"unit_amount": nil, "tiers.0.up_to": 10, "tiers.0.unit_amount": "9.50", "tiers.0.flat_amount": "0.00", "tiers.1.up_to": nil,
		"trial_days": 14, "min_seats": 2, "max_seats": 50, "tax_rate": "0.19", "tax_behavior": "inclusive", "proration": "second",
	})
	c.put("/v1/products/team", object{"name": "Teams", "limits": object{}}).is(200).
		says(object{"name": "Teams", "features.sso": true, "limits": object{}, "prices.0.code": "team-volume"})
	c.post("/v1/prices/team-volume/archive", nil).is(200).says(object{"archived": true})
	last := c.post("/v1/products/team/archive", object{}).is(200).says(object{"archived": true, "prices.0.archived": true})
	again := c.post("/v1/products/team/archive", nil).is(200)
	if again.header.Get("ETag") != last.header.Get("ETag") || again.header.Get("Ledger-Position") != last.header.Get("Ledger-Position") {
		t.Errorf("archiving again changed something: %v after %v", again.header, last.header)
	}
	shown := c.get("/v1/products/team", last.position()).is(200)
	if string(shown.body) != string(last.body) || shown.header.Get("ETag") != last.header.Get("ETag") {
		t.Errorf("shown %s\nwant  %s", shown.body, last.body)
	}
	list := c.get("/v1/products", last.position()).is(200).says(object{"data.0.code": "team", "data.0.prices.0.code": "team-volume"})
	if list.header.Get("ETag") != `"v5"` {
		t.Errorf("ETag of the list: %s", list.header.Get("ETag"))
	}
	c.get("/v1/products/none").refused(404, "product_not_found")
}

func TestSubscription(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.get("/v1/workspaces/acme/subscription").refused(404, "no_subscription")
	created := c.post("/v1/workspaces/acme/subscription", object{
		"price": "pro-month", "seats": 2, "collection": "send_invoice", "time_zone": "Europe/Berlin", "days_until_due": 14,
	}).is(201).says(object{
		"subscription.previous": nil, "subscription.workspace": "acme", "subscription.status": "active",
		"subscription.product": "pro", "subscription.price": "pro-month", "subscription.seats": 2, "subscription.currency": "USD",
		"subscription.time_zone": "Europe/Berlin", "subscription.collection": "send_invoice", "subscription.days_until_due": 14,
		"subscription.trial": nil, "subscription.cancel_at": nil, "subscription.pending_change": nil,
		"subscription.pending_update": nil, "subscription.discount": nil, "subscription.version": 2,
		"subscription.available_actions": []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "pause",
			"change_collection", "apply_discount"},
	})
	if created.header.Get("ETag") != `"v2"` {
		t.Errorf("ETag: %s", created.header.Get("ETag"))
	}
	events := b.events()
	if opened := events[len(events)-2]; opened.Type != "seating.limits_changed.v1" || opened.GroupLast != events[len(events)-1].Position {
		t.Errorf("the pool was not opened in the same group: %+v", events[len(events)-3:])
	}
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 4}).is(200).says(object{"subscription.seats": 4, "subscription.version": 4})
	upgraded := c.post("/v1/workspaces/acme/subscription/upgrade", object{"price": "team-month"}).is(200).
		says(object{"subscription.price": "team-month", "subscription.product": "team", "subscription.version": 6})
	same := c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 4}).is(200).says(object{"subscription.version": 6, "invoice": nil})
	if same.header.Get("Ledger-Position") != upgraded.header.Get("Ledger-Position") {
		t.Error("the present number of seats wrote something")
	}
	shown := c.get("/v1/workspaces/acme/subscription", upgraded.position()).is(200)
	if want := string(upgraded.body); want != `{"subscription":`+string(shown.body)+`,"invoice":"`+upgraded.text("invoice")+`","credit_notes":[],"payment":null}` || shown.header.Get("ETag") != `"v6"` {
		t.Errorf("shown %s\nwant  %s", shown.body, want)
	}
	c.get("/v1/workspaces/acme/current-plan", upgraded.position()).is(200).says(object{
		"product": "team", "price": "team-month", "status": "active", "seats": 4, "trial": nil, "cancel_at": nil, "access": "full",
		"is_cancelled": false, "is_offline_payment": true, "has_activated_free_trial": false, "has_added_payment_method": false,
		"current_period.start": upgraded.at("subscription.current_period.start"),
	})
	c.get("/v1/workspaces/acme/seats", upgraded.position()).is(200).says(object{"purchased": 4, "available": 4, "guest_limit": 20})
	c.get("/v1/workspaces/nobody/current-plan").is(200).says(object{
		"product": "free", "price": nil, "status": "free", "seats": 3, "current_period": nil, "access": "full", "is_offline_payment": false,
	})
	anchored := c.post("/v1/workspaces/beta/subscription", object{
		"price": "pro-year", "seats": 1, "collection": "send_invoice", "billing_anchor": b.now().UTC().AddDate(0, 2, 0).Format("2006-01-02"),
	}).is(201)
	if anchored.text("subscription.anchor")+"T00:00:00Z" != anchored.text("subscription.current_period.end") {
		t.Errorf("the first period does not end at the anchor: %s", anchored.body)
	}
	c.get("/v1/subscriptions?status=active&price=", anchored.position()).is(200).says(object{"data.0.workspace": "acme", "data.1.workspace": "beta"})
	c.get("/v1/subscriptions?price=pro-year", anchored.position()).is(200).says(object{"data.0.workspace": "beta", "data.1": nil})
	c.get("/v1/subscriptions?status=canceled", anchored.position()).is(200).says(object{"data": []any{}})
}

// What is collected automatically waits for its money: nothing is bought before.
func TestWaitingForMoney(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	path := "/v1/workspaces/acme/subscription"
	body := object{"price": "pro-month", "seats": 5, "collection": "automatic"}
	c.post(path+"?dry_run=true", body).is(200)
	waits := c.post(path, body, key("once")).is(202).says(object{
		"subscription.status": "incomplete", "subscription.days_until_due": 0, "subscription.pending_update.kind": "create",
		"subscription.pending_update.price": "pro-month", "subscription.pending_update.seats": 5,
		"subscription.pending_update.quote": nil, "subscription.available_actions": []any{"cancel"},
	})
	waits.says(object{"subscription.pending_update.invoice": waits.text("invoice")})
	c.post(path, body, key("once")).is(202).says(object{"invoice": waits.text("invoice")})
	c.get("/v1/workspaces/acme/current-plan", waits.position()).is(200).says(object{"status": "free", "product": "free", "seats": 3})
	b.advance(24 * time.Hour)
	c.get(path, waits.position()).is(200).says(object{"status": "incomplete_expired", "pending_update": nil})
	c.post(path, body).is(202).says(object{"subscription.previous": waits.text("subscription.id")})
}

func TestCurrentPlanWithoutFreeProduct(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/v1/workspaces/acme/current-plan").is(200).says(object{"product": nil, "status": "none", "seats": 0, "access": "none"})
	c.get("/v1/workspaces/acme/seats").is(200).says(object{"purchased": 0, "available": 0, "guest_limit": 0, "members.data": []any{}})
	c.post("/v1/workspaces/acme/seats", object{"member": "ada", "role": "member"}).refused(409, "no_seat_available")
}

func TestSeats(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 3)
	pool := "/v1/workspaces/acme/seats"
	given := c.post(pool, object{"member": "ada", "role": "admin"}).is(201).says(object{"member": "ada", "role": "admin", "state": "active"})
	if given.header.Get("ETag") != `"v2"` {
		t.Errorf("ETag: %s", given.header.Get("ETag"))
	}
	lapses := b.now().Add(48 * 60 * 60 * 1e9).UTC().Format("2006-01-02T15:04:05Z")
	c.post(pool, object{"member": "bob", "role": "member", "state": "invited", "expires_at": lapses}).is(201).says(object{"state": "invited"})
	c.post(pool, object{"member": "gil", "role": "guest"}).is(201).says(object{"role": "guest"})
	shown := c.get(pool, c.put(pool+"/ada", object{"role": "member"}).is(200).says(object{"role": "member", "state": "active"}).position()).is(200)
	shown.says(object{
		"purchased": 3, "allocated": 1, "reserved": 1, "available": 1, "over_limit": 0, "guests": 1, "guest_limit": 3, "high_water": 2,
		"members.data.0.member": "ada", "members.data.0.role": "member", "members.data.1.member": "bob", "members.data.1.state": "invited",
		"members.data.1.expires_at": lapses, "members.data.2.member": "gil", "members.data.2.expires_at": nil, "members.page.has_more": false,
	})
	c.post(pool+"/check", object{"invite": []any{object{"role": "member"}, object{"role": "guest"}, object{"role": "guest"}}}).is(200).
		says(object{"allowed": true, "admin_member_seats_left": 1, "guest_seats_left": 2})
	c.post(pool+"/check", object{"invite": []any{object{"role": "member"}, object{"role": "admin"}}}).is(200).says(object{"allowed": false})
	accepted := c.post(pool+"/bob/accept", nil).is(200).says(object{"member": "bob", "state": "active"})
	c.delete(pool + "/ada").is(200).says(object{"member": "ada", "role": "member", "state": "released"})
	c.get(pool, accepted.position()).is(200).says(object{"purchased": 3})
	synced := c.put(pool, object{"members": []any{
		object{"member": "bob", "role": "admin"}, object{"member": "eve", "role": "member", "state": "invited"}, object{"member": "fay", "role": "member"},
	}}).is(200).says(object{"added": 2, "changed": 1, "removed": 1})
	c.get(pool, synced.position()).is(200).says(object{"allocated": 2, "reserved": 1, "available": 0, "guests": 0, "high_water": 3})
	c.put(pool, object{"members": []any{}}).is(200).says(object{"added": 0, "changed": 0, "removed": 3})
}

// An invitation that has lapsed holds no seat, for who looks as for who asks for one.
func TestLapsedInvitationsAreNotShown(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 1)
	pool := "/v1/workspaces/acme/seats"
	lapses := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	invited := c.post(pool, object{"member": "bob", "role": "member", "state": "invited", "expires_at": lapses}).is(201)
	c.post(pool, object{"member": "gil", "role": "guest", "state": "invited", "expires_at": lapses}).is(201)
	c.get(pool, invited.position()).is(200).says(object{"reserved": 1, "available": 0})
	b.advance(2 * time.Hour)
	c.get(pool).is(200).says(object{"reserved": 0, "available": 1, "guests": 0, "members.data": []any{}})
	c.post(pool+"/check", object{"invite": []any{object{"role": "member"}}}).is(200).says(object{"allowed": true})
	c.post(pool, object{"member": "ada", "role": "member"}).is(201)
}

func TestSeatsOfTheFreePlan(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.get("/v1/workspaces/acme/seats", c.get("/v1/events").is(200).position()).is(200).
		says(object{"purchased": 3, "available": 3, "guest_limit": 3, "high_water": 0})
	c.seat("acme", "ada", "admin")
	last := c.seat("acme", "gil", "guest")
	c.get("/v1/workspaces/acme/seats", last.position()).is(200).says(object{"allocated": 1, "guests": 1, "available": 1})
	c.post("/v1/workspaces/acme/seats/check", object{"invite": []any{object{"role": "guest"}, object{"role": "member"}}}, last.position()).is(200).
		says(object{"allowed": false, "admin_member_seats_left": 1, "guest_seats_left": 1})
	c.seat("acme", "bob", "member")
	c.post("/v1/workspaces/acme/seats", object{"member": "eve", "role": "guest"}).refused(409, "no_guest_seat_available")
	// A plan begins with what is in use, and guests get places of their own.
	bought := c.buy("acme", "pro-month", 2)
	c.get("/v1/workspaces/acme/seats", bought.position()).is(200).says(object{"purchased": 2, "available": 0, "guest_limit": 2, "guests": 1})
}

func TestOverLimit(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	for i := range 3 {
		c.seat("acme", fmt.Sprint("m", i), "guest")
	}
	bought := c.buy("acme", "pro-month", 1)
	c.get("/v1/workspaces/acme/seats", bought.position()).is(200).says(object{"available": 1, "over_limit": 2, "guests": 3, "guest_limit": 1})
	c.post("/v1/workspaces/acme/seats/check", object{"invite": []any{}}, bought.position()).is(200).
		says(object{"allowed": true, "admin_member_seats_left": 1, "guest_seats_left": 0})
}
