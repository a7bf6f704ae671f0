package api

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// activations counts those that TestActivationsHoldTheLimit asks for at once.
var activations = flag.Int("activations", 60, "how many activations TestActivationsHoldTheLimit asks two processes for at once")

// TestActivationsHoldTheLimit asks two processes for more activations than a license allows, all at once, and for one fingerprint
// again and again.
func TestActivationsHoldTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := b.start(endpoint.Options{}), b.start(endpoint.Options{})
	c := b.client(ours, endpoint.RoleAdmin)
	c.openShop()
	id, secret := c.license(object{"max_instances": 10})
	all := []*client{{t: t, base: ours.url, seen: new(sync.Map), insists: true}, {t: t, base: theirs.url, seen: new(sync.Map), insists: true}}
	ask := func(n int, name string) int {
		a, err := all[n%2].try(http.MethodPost, "/v1/licenses/activate", object{"instance": name, "fingerprint": "f-" + name}, by(secret))
		if err != nil {
			t.Error(err)
			return 0
		}
		return a.status
	}
	var made, refused atomic.Int64
	var asking sync.WaitGroup
	for n := range *activations {
		asking.Go(func() {
			switch status := ask(n, fmt.Sprint("i-", n)); status {
			case http.StatusCreated:
				made.Add(1)
			case http.StatusConflict:
				refused.Add(1)
			default:
				t.Errorf("activation %d: %d", n, status)
			}
		})
	}
	asking.Wait()
	if made.Load() != 10 || refused.Load() != int64(*activations-10) {
		t.Errorf("%d made and %d refused of %d, with a limit of 10", made.Load(), refused.Load(), *activations)
	}
	activated := 0
	for _, event := range b.events() {
		if event.Type == "license.activated.v1" {
			activated++
		}
	}
	if activated != 10 {
		t.Errorf("%d activations are in the log of %s", activated, id)
	}
	one, key := c.license(object{"max_instances": 10})
	secret = key
	var created atomic.Int64
	for n := range 20 {
		asking.Go(func() {
			if ask(n, "same") == http.StatusCreated {
				created.Add(1)
			}
		})
	}
	asking.Wait()
	if created.Load() != 1 {
		t.Errorf("one fingerprint was activated %d times", created.Load())
	}
	seen := c.post("/v1/licenses/"+one+"/suspend", aReason).is(200)
	c.get("/v1/licenses/"+one, seen.position()).is(200).says(object{"instances": 1})
}

// TestDeadInstancesAreTold lets an instance die by the clock and return, in the log and in what is shown.
func TestDeadInstancesAreTold(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	id, secret := c.license(object{"heartbeat_ttl": 60, "dead_instances": "release"})
	c.activates(secret, "berlin").is(201)
	instances := "/v1/licenses/" + id + "/instances"
	types := func() (all []string) {
		for _, event := range b.events() {
			if event.Stream.Entity() == id {
				all = append(all, strings.TrimSuffix(strings.TrimPrefix(event.Type, "license."), ".v1"))
			}
		}
		return all
	}
	c.advance("2026-01-01T00:01:00Z")
	before := len(b.events())
	c.post("/v1/licenses/heartbeat", object{"instance": "berlin"}, by(secret)).is(200)
	if n := len(b.events()); n != before {
		t.Errorf("a heartbeat wrote %d events", n-before)
	}
	c.advance("2026-01-01T00:02:29Z")
	c.get(instances).is(200).says(object{"data.0.status": "alive", "data.0.last_seen_at": "2026-01-01T00:01:00Z"})
	seen := c.advance("2026-01-01T01:00:00Z").position()
	c.get(instances, seen).is(200).says(object{"data.0.status": "dead"})
	if want := []string{"issued", "activated", "instance_died"}; !slices.Equal(types(), want) {
		t.Fatalf("%v, want %v", types(), want)
	}
	c.activates(secret, "rome").is(201)
	c.post("/v1/licenses/heartbeat", object{"instance": "berlin"}, by(secret)).refused(409, "activation_limit_reached")
	c.post("/v1/licenses/deactivate", object{"instance": "rome"}, by(secret)).is(200)
	c.post("/v1/licenses/heartbeat", object{"instance": "berlin"}, by(secret)).is(200).says(object{"instance.status": "alive"})
	if want := []string{"issued", "activated", "instance_died", "activated", "deactivated", "instance_returned"}; !slices.Equal(types(), want) {
		t.Errorf("%v, want %v", types(), want)
	}
}

// TestALicenseIsAPlan gives a workspace a license without a price: its seats, its features, and what the clock and the seller do.
func TestALicenseIsAPlan(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	id, _ := c.license(object{"workspace": "acme", "seats": 4, "expires_at": instant("2026-02-01"), "features": object{"audit": true, "sso": false}})
	license, features := "/v1/licenses/"+id, "/v1/workspaces/acme/features"
	for _, member := range []string{"a", "b", "c", "d"} {
		c.seat("acme", member, "member")
	}
	c.post("/v1/workspaces/acme/seats", object{"member": "e", "role": "member"}).refused(409, "no_seat_available")
	changed := c.post(license+"/seats", object{"seats": 5}).is(200).says(object{"license.seats": 5, "license.sequence": 2, "invoice": nil})
	c.seat("acme", "e", "member")
	c.get(features+"/sso", changed.position()).is(200).says(object{"allowed": false, "value": false, "source": "license", "product": "team"})
	c.get(features+"/calls", changed.position()).is(200).says(object{"allowed": true, "limit": 1000, "source": "license"})
	changed = c.post(license+"/features", object{"features": object{"sso": true}}).is(200).says(object{"license.sequence": 3})
	c.get(features+"/sso", changed.position()).is(200).says(object{"allowed": true, "reason": "license"})
	changed = c.post(license+"/suspend", object{"reason": "unpaid"}).is(200)
	c.get(features+"/sso", changed.position()).is(200).says(object{"allowed": false, "reason": "read_only"})
	c.delete("/v1/workspaces/acme/seats/e").is(200)
	c.post("/v1/workspaces/acme/seats", object{"member": "f", "role": "member"}).refused(409, "no_seat_available")
	c.post(license+"/reinstate", nil).is(200)
	c.seat("acme", "f", "member")
	seen := c.advance("2026-02-01").position()
	c.get(license, seen).is(200).says(object{"status": "expired"})
	c.get(features+"/sso", seen).is(200).says(object{"allowed": false, "reason": "read_only"})
	c.delete("/v1/workspaces/acme/seats/f").is(200)
	c.post("/v1/workspaces/acme/seats", object{"member": "g", "role": "member"}).refused(409, "no_seat_available")
	c.post(license+"/renew", object{"expires_at": nil}).is(200).says(object{"license.status": "inactive", "license.sequence": 6})
	c.seat("acme", "g", "member")
	over := c.post(license+"/revoke", aReason).is(200).position()
	c.get("/v1/workspaces/acme/current-plan", over).is(200).says(object{"status": "free", "product": "free"})
	c.get(features+"/sso", over).is(200).says(object{"allowed": false, "source": "none"})
	c.buy("acme", "pro-month", 9)
}

// TestTheLifeOfALicenseIsNews has a webhook endpoint hear all that there is to hear.
func TestTheLifeOfALicenseIsNews(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	hook := hooks + "/" + c.post(hooks, object{"url": "https://hooks.example/x", "types": []any{"license.*"}}).is(201).text("id")
	id, secret := c.license(object{"workspace": "acme", "expires_at": instant("2026-03-01")})
	license := "/v1/licenses/" + id
	c.activates(secret, "berlin").is(201)
	c.post("/v1/licenses/deactivate", object{"instance": "berlin"}, by(secret)).is(200)
	c.post(license+"/seats", object{"seats": 6}).is(200)
	c.post(license+"/suspend", aReason).is(200)
	c.post(license+"/reinstate", nil).is(200)
	c.advance("2026-02-14T23:59:59Z")
	c.advance("2026-02-15T00:00:00Z")
	c.post(license+"/renew", object{"expires_at": instant("2026-03-02")}).is(200)
	c.advance("2026-03-02")
	seen := c.post(license+"/revoke", aReason).is(200).position()
	var heard []string
	for n, delivery := range c.get(hook+"/deliveries?workspace=acme&limit=100", seen).is(200).at("data").([]any) {
		shown := delivery.(object)
		heard = append(heard, strings.TrimPrefix(shown["type"].(string), "license."))
		if of := shown["payload"].(object)["data"].(object)["object"].(object); of["type"] != "license" || of["id"] != id || n == 0 && of["status"] != "revoked" {
			t.Errorf("%v", of)
		}
	}
	slices.Reverse(heard)
	want := []string{"issued", "activated", "deactivated", "changed", "suspended", "reinstated", "expiring", "renewed", "expiring", "expired", "revoked"}
	if !slices.Equal(heard, want) {
		t.Errorf("%v, want %v", heard, want)
	}
}

// TestABilledLicenseFollowsItsSubscription buys a license, adds seats at the price that was shown, renews it by the clock, takes back
// fewer seats at the period's end, and revokes it.
func TestABilledLicenseFollowsItsSubscription(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.put("/v1/dunning", object{"restrict_after_days": 365, "cancel_after_days": nil}).is(200)
	issued := c.post("/v1/licenses", object{"licensee": "Acme", "product": "pro", "price": "pro-month", "workspace": "acme", "seats": 3}).is(201)
	id, secret := issued.text("license.id"), issued.text("key")
	license := "/v1/licenses/" + id
	issued.says(object{"license.expires_at": "2026-02-15T00:00:00Z", "license.price": "pro-month", "license.sequence": 1, "license.workspace": "acme"})
	c.get("/v1/invoices/"+issued.text("invoice"), issued.position()).is(200).says(object{"total.amount": "36.00", "workspace": "acme"})
	c.get(of("acme"), issued.position()).is(200).says(object{"id": issued.text("license.subscription"), "collection": "send_invoice", "seats": 3})
	c.activates(secret, "berlin").is(201)
	c.advance("2026-01-16T00:00:00Z")
	preview := c.post(license+"/proration-preview", object{"seats": 5}).is(200).says(object{"quote": nil})
	more := c.post(license+"/seats", object{"seats": 5}).is(200).says(object{"license.seats": 5, "license.sequence": 2})
	bill := c.get("/v1/invoices/"+more.text("invoice"), more.position()).is(200)
	if encode(bill.at("total")) != encode(preview.at("total")) || bill.text("total.amount") != "12.39" {
		t.Errorf("%s, preview %s", bill.body, preview.body)
	}
	c.post("/v1/licenses/sync", object{"instance": "berlin", "users": 2}, by(secret)).is(200).says(object{"license.seats": 5, "code": "VALID"})
	c.post(license+"/remove-unused-seats", nil).is(200).says(object{"license.seats": 5, "license.sequence": 2}) // at the period's end
	seen := c.advance("2026-02-01").position()
	c.get(license, seen).is(200).says(object{"seats": 2, "sequence": 4, "expires_at": "2026-03-15T00:00:00Z", "status": "active"})
	c.post("/v1/licenses/heartbeat", object{"instance": "berlin"}, by(secret)).is(200).says(object{"license_sequence": 4})
	upgraded := c.post(of("acme")+"/upgrade", object{"price": "team-month"}).is(200)
	c.get(license, upgraded.position()).is(200).says(object{"product": "team", "price": "team-month", "sequence": 5})
	c.get("/v1/workspaces/acme/features/sso", upgraded.position()).is(200).says(object{"allowed": true, "source": "license"})
	c.post(license+"/renew", object{"expires_at": nil}).refused(409, "license_billed")
	over := c.post(license+"/revoke", aReason).is(200).says(object{"license.status": "revoked"}).position()
	c.get(of("acme"), over).is(200).says(object{"status": "canceled"})
	c.get("/v1/workspaces/acme/current-plan", over).is(200).says(object{"status": "free"})
}

// TestALicenseWaitsForMoney buys licenses whose first payment is collected: nobody can use one before it is paid.
func TestALicenseWaitsForMoney(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	buy := func(workspace, token string) *answered {
		if token != "" {
			c.attach(workspace, token)
		}
		return c.post("/v1/licenses", object{
			"licensee": "Acme", "product": "pro", "price": "pro-month", "workspace": workspace, "seats": 3, "collection": "automatic",
		}, key(workspace))
	}
	waits, lapsed := buy("acme", "").is(202).says(object{"license.status": "suspended", "payment": nil}), buy("birch", "").is(202)
	c.activates(waits.text("key"), "berlin").refused(403, "license_suspended")
	seen := c.settle(waits).position()
	c.get("/v1/licenses/"+waits.text("license.id"), seen).is(200).says(object{"status": "inactive"})
	c.activates(waits.text("key"), "berlin").is(201)

	paid := buy("cedar", "tok_ok.lost_card").is(201).says(object{"license.status": "inactive", "payment.status": "succeeded"})
	c.activates(paid.text("key"), "berlin").is(201)
	buy2 := c.post("/v1/licenses", object{
		"licensee": "Acme", "product": "pro", "price": "pro-month", "workspace": "cedar", "seats": 3, "collection": "automatic",
	}, key("cedar")).is(201)
	if buy2.at("key") != nil || buy2.text("license.id") != paid.text("license.id") || buy2.text("payment.status") != "succeeded" {
		t.Errorf("the repeat says %s", buy2.body)
	}
	license := "/v1/licenses/" + paid.text("license.id")
	declined := c.post(license+"/seats", object{"seats": 5}).refused(402, "payment_declined").says(object{"decline_code": "lost_card", "decline_kind": "hard"})
	c.get(license, declined.position()).is(200).says(object{"seats": 3, "status": "active", "sequence": 3})

	refused := buy("dogwood", "tok_lost_card").refused(402, "payment_declined")
	of := c.get("/v1/licenses?workspace=dogwood", refused.position()).is(200).says(object{"data.0.status": "revoked"})
	if refused.at("key") != nil || len(of.at("data").([]any)) != 1 {
		t.Errorf("%s, %s", refused.body, of.body)
	}
	c.license(object{"workspace": "dogwood"})
	buy("elm", "tok_pending_ok").is(202).says(object{"license.status": "suspended", "payment.status": "processing"})

	seen = c.advance("2026-01-03").position()
	c.get("/v1/licenses/"+lapsed.text("license.id"), seen).is(200).says(object{"status": "revoked"})
	c.get("/v1/licenses?workspace=elm", seen).is(200).says(object{"data.0.status": "inactive"})
	c.license(object{"workspace": "birch"})
}

// TestOverridesReachInstallations puts overrides over what a license gives its workspace: validations, files and links say the same.
func TestOverridesReachInstallations(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	_, secret := c.license(object{"workspace": "acme", "features": object{"audit": true}})
	c.activates(secret, "berlin").is(201)
	override := func(key string, body object) {
		body["reason"] = "agreed"
		c.put("/v1/workspaces/acme/features/"+key, body).is(200)
	}
	validates := func(code string, keys ...any) {
		t.Helper()
		c.post("/v1/licenses/validate", object{"nonce": "n", "features": keys}, by(secret)).is(200).says(object{"code": code})
	}
	file := func() *licensefile.Payload {
		t.Helper()
		synced := c.post("/v1/licenses/sync", object{"instance": "berlin", "users": 1}, by(secret)).is(200)
		return c.trust().Verify([]byte(synced.text("file")), licensefile.Query{Now: at(c.get("/v1/clock").is(200).text("now"))}).Payload
	}
	validates("VALID", "audit", "sso", "calls")
	override("audit", object{"removed": true, "until": "2026-01-05T00:00:00Z"})
	override("sso", object{"value": false})
	override("calls", object{"limit": 0})
	for _, key := range []any{"audit", "sso", "calls"} {
		validates("FEATURE_MISSING", key)
	}
	if p := file(); p.Features["audit"] != nil || string(p.Features["sso"]) != "false" {
		t.Errorf("the file has %s", p.Features)
	}
	c.advance("2026-01-05T00:00:00Z")
	validates("VALID", "audit")
	if p := file(); string(p.Features["audit"]) != "true" {
		t.Errorf("the file has %s", p.Features)
	}
}

// TestARestrictedPlanHasNoFeatures takes a plan down the ladder of what is not paid, and asks for its features over HTTP.
func TestARestrictedPlanHasNoFeatures(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	bought := c.buy("acme", "team-month", 2)
	feature := "/v1/workspaces/acme/features/"
	seen := c.advance("2026-02-01").position()
	c.get(of("acme"), seen).is(200).says(object{"status": "past_due"})
	c.get(feature+"sso", seen).is(200).says(object{"allowed": true, "reason": "plan"})
	seen = c.advance("2026-02-14").position()
	c.get(of("acme"), seen).is(200).says(object{"status": "restricted"})
	c.get(feature+"sso", seen).is(200).says(object{"allowed": false, "reason": "read_only"})
	c.post(feature+"calls/usage", object{"amount": 1}).refused(409, "read_only")
	for _, invoice := range c.get("/v1/invoices?workspace=acme&status=open", seen).is(200).at("data").([]any) {
		if id := invoice.(object)["id"].(string); id != bought.text("invoice") {
			c.post("/v1/invoices/"+id+"/record-payment", object{"amount": invoice.(object)["amount_due"], "reference": "wire"}).is(200)
		}
	}
	seen = c.settle(bought).position()
	c.get(feature+"sso", seen).is(200).says(object{"allowed": true, "reason": "plan"})
}

// TestAnAddedInstanceDies adds an instance for its owner: it dies as one that activated itself, and adding it again brings it back.
func TestAnAddedInstanceDies(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	id, _ := c.license(object{"heartbeat_ttl": 60})
	instances, added := "/v1/licenses/"+id+"/instances", object{"instance": "berlin", "fingerprint": "f00d"}
	is := func(after *answered, status, seen string) {
		t.Helper()
		c.get(instances, after.position()).is(200).says(object{"data.0.status": status, "data.0.last_seen_at": seen})
	}
	c.post(instances, added).is(201).says(object{"instance.status": "alive"})
	is(c.advance("2026-01-01T00:01:29Z").says(object{"ran": 0}), "alive", "2026-01-01T00:00:00Z")
	is(c.advance("2026-01-01T00:01:30Z").says(object{"ran": 1}), "dead", "2026-01-01T00:00:00Z")
	is(c.post(instances, added).is(200).says(object{"instance.status": "alive"}), "alive", "2026-01-01T00:01:30Z")
	is(c.advance("2026-01-01T00:03:00Z").says(object{"ran": 1}), "dead", "2026-01-01T00:01:30Z")
	_, secret := c.license(nil)
	c.activates(secret, "rome").is(201)
}
