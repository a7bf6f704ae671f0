package api

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// TestTrial goes through a trial: it changes for free, ends later than it was to, and becomes paid.
func TestTrial(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	path := "/v1/workspaces/acme/trial"
	c.get(path).is(200).says(object{"data": []any{}, "page.has_more": false})
	c.seat("acme", "ada", "admin")
	c.seat("acme", "bob", "member")
	begun := c.post(path, object{"price": "pro-try", "time_zone": "Europe/Berlin"}).is(201).says(object{
		"trial.family": "main", "trial.price": "pro-try", "trial.status": "active", "subscription.status": "trialing",
		"subscription.price": "pro-try", "subscription.seats": 2, "subscription.time_zone": "Europe/Berlin", "invoice": nil,
		"subscription.available_actions": []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel",
			"change_collection", "apply_discount", "convert_trial", "cancel_trial", "extend_trial"},
	})
	begun.says(object{"subscription.trial.end": begun.text("trial.end"), "subscription.current_period.end": begun.text("trial.end")})
	if begun.header.Get("ETag") != `"v1"` {
		t.Errorf("ETag: %s", begun.header.Get("ETag"))
	}
	c.post("/v1/workspaces/acme/subscription", aBuy).refused(409, "subscription_exists")
	c.get("/v1/workspaces/acme/current-plan", begun.position()).is(200).says(object{
		"status": "trialing", "product": "pro", "price": "pro-try", "seats": 2, "trial.start": begun.text("trial.start"),
		"trial.end": begun.text("trial.end"), "access": "full", "has_activated_free_trial": true, "is_cancelled": false,
	})
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 5}).is(200).says(object{"invoice": nil, "subscription.seats": 5})
	c.post("/v1/workspaces/acme/subscription/upgrade", object{"price": "team-try"}).is(200).
		says(object{"invoice": nil, "subscription.status": "trialing", "subscription.trial.start": begun.text("trial.start")})
	end := b.now().AddDate(0, 0, 30).UTC().Truncate(time.Second)
	extended := c.post(path+"/extend", object{"end": end, "reason": "nice"}).is(200).
		says(object{"trial.end": end.Format(time.RFC3339), "trial.price": "team-try", "subscription.trial.end": end.Format(time.RFC3339)})
	c.get(path, extended.position()).is(200).says(object{"data.0": extended.at("trial"), "data.1": nil})
	b.advance(20 * 24 * time.Hour)
	waits := c.post(path+"/convert", object{"seats": 3}).is(202).
		says(object{"trial.status": "active", "subscription.status": "trialing", "subscription.pending_update.kind": "convert"})
	pay := object{"amount": object{"amount": "71.40", "currency": "USD"}, "reference": "wire"}
	paid := c.post("/v1/invoices/"+waits.text("invoice")+"/record-payment", pay).is(200).says(object{"payment_status": "succeeded"})
	c.get(path, paid.position()).is(200).says(object{"data.0.status": "converted"})
	c.get("/v1/workspaces/acme/current-plan", paid.position()).is(200).
		says(object{"status": "active", "trial": nil, "seats": 3, "has_activated_free_trial": true})
	c.post(path, object{"price": "pro-try"}).refused(409, "trial_already_used").says(object{"trial_status": "converted"})
}

// TestTrialEndsByTheClock looks at trials whose time is up before anybody has done anything about it.
func TestTrialEndsByTheClock(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	for _, atEnd := range []string{"free", "cancel", "pause"} {
		c.post("/v1/workspaces/"+atEnd+"/trial", object{"price": "pro-try", "seats": 5, "at_end": atEnd}).is(201)
	}
	c.tryOut("paid", "pro-try", 5)
	last := c.post("/v1/workspaces/paid/trial/convert", object{"anchor": "trial_end", "collection": "send_invoice"}).is(200).
		says(object{"trial.status": "active", "invoice": nil, "subscription.status": "trialing"})
	b.advance(20 * 24 * time.Hour)
	for workspace, want := range map[string]object{
		"free":   {"trial": "expired", "subscription": "expired", "plan": "free", "access": "full", "seats": 3},
		"cancel": {"trial": "expired", "subscription": "canceled", "plan": "free", "access": "full", "seats": 3},
		"pause":  {"trial": "expired", "subscription": "paused", "plan": "paused", "access": "read_only", "seats": 5},
		"paid":   {"trial": "converted", "subscription": "active", "plan": "active", "access": "full", "seats": 5},
	} {
		c.run(t, workspace, func(t *testing.T) {
			path := "/v1/workspaces/" + workspace
			c.get(path+"/trial", last.position()).is(200).says(object{"data.0.status": want["trial"], "page.has_more": false})
			c.get(path+"/subscription", last.position()).is(200).says(object{"status": want["subscription"]})
			c.get(path+"/current-plan", last.position()).is(200).says(object{
				"status": want["plan"], "access": want["access"], "seats": want["seats"], "trial": nil, "has_activated_free_trial": true,
			})
		})
	}
	c.get("/v1/workspaces", last.position()).is(200).says(object{
		"data.0": object{"workspace": "cancel", "product": "free", "price": nil, "status": "free", "seats": 3},
		"data.3": object{"workspace": "pause", "product": "pro", "price": "pro-try", "status": "paused", "seats": 5}, "data.4": nil,
	})
}

// TestSeatsAfterATrial: when the limit falls below use nobody loses a seat, and nobody gets one until it fits.
func TestSeatsAfterATrial(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	for _, workspace := range []string{"canceled", "ended", "paused"} {
		at := object{"ended": "free", "paused": "pause"}[workspace]
		body := object{"price": "pro-try", "seats": 5}
		if at != nil {
			body["at_end"] = at
		}
		c.post("/v1/workspaces/"+workspace+"/trial", body).is(201)
		for _, member := range []string{"a", "b", "c", "d"} {
			c.seat(workspace, member, "member")
		}
		c.seat(workspace, "gil", "guest")
	}
	shown := object{"purchased": 3, "allocated": 4, "guests": 1, "available": 0, "over_limit": 2, "members.data.3.member": "d"}
	ended := c.post("/v1/workspaces/canceled/trial/cancel", nil).is(200).says(object{"trial.status": "canceled"})
	c.get("/v1/workspaces/canceled/seats", ended.position()).is(200).says(shown)
	b.advance(20 * 24 * time.Hour)
	// Whoever comes first after the end carries it out.
	for _, workspace := range []string{"canceled", "ended"} {
		c.run(t, workspace, func(t *testing.T) {
			pool := "/v1/workspaces/" + workspace + "/seats"
			c.post(pool, aSeat).refused(409, "no_seat_available")
			released := c.delete(pool + "/a").is(200)
			c.get(pool, released.position()).is(200).says(object{"purchased": 3, "allocated": 3, "available": 0, "over_limit": 1})
			c.post(pool+"/check", object{"invite": []any{object{"role": "member"}}}).is(200).says(object{"allowed": false})
			c.delete(pool + "/b").is(200)
			c.post(pool, aSeat).refused(409, "no_seat_available")
			c.delete(pool + "/c").is(200)
			last := c.post(pool, aSeat).is(201)
			c.get(pool, last.position()).is(200).says(object{"allocated": 2, "guests": 1, "available": 0, "over_limit": 0})
		})
	}
	c.post("/v1/workspaces/paused/seats", aSeat).refused(409, "no_seat_available")
	released := c.delete("/v1/workspaces/paused/seats/a").is(200)
	c.get("/v1/workspaces/paused/seats", released.position()).is(200).
		says(object{"purchased": 5, "allocated": 3, "available": 0, "over_limit": 0})
}

// TestManyTrials has a hundred callers start a workspace's trial at once, of two plans of the family.
func TestManyTrials(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleClient), b.client(b.start(endpoint.Options{}), endpoint.RoleClient)}
	b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin).openShop()
	var answers tally
	var callers sync.WaitGroup
	for i := range 100 {
		callers.Go(func() {
			a, err := clients[i%2].quick(http.MethodPost, "/v1/workspaces/acme/trial", object{"price": []string{"pro-try", "team-try"}[i%3%2]})
			if err != nil {
				t.Error(err)
				return
			}
			answers.add(a)
		})
	}
	callers.Wait()
	answers.is(t, map[string]int{"201": 1, "409 trial_already_used": 99})
}

// TestWorkspaces: a workspace is on the list once something was done in it, whatever that was.
func TestWorkspaces(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/v1/workspaces").is(200).says(object{"data": []any{}, "page.has_more": false})
	c.openShop()
	c.seat("birch", "ada", "member")
	c.buy("acme", "pro-month", 4)
	c.get("/v1/workspaces/nobody/seats").is(200)
	last := c.put("/v1/workspaces/cedar/billing-details", object{"name": "Cedar", "email": "c@example.com", "country": "DE"}).is(200)
	c.get("/v1/workspaces", last.position()).is(200).says(object{
		"data.0": object{"workspace": "acme", "product": "pro", "price": "pro-month", "status": "active", "seats": 4},
		"data.1": object{"workspace": "birch", "product": "free", "price": nil, "status": "free", "seats": 3},
		"data.2": object{"workspace": "cedar", "product": "free", "price": nil, "status": "free", "seats": 3}, "data.3": nil,
	})
}
