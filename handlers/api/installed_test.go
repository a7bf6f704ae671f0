package api

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/licenseserver/licenseservertest"
)

const acmesLicense = "/v1/workspaces/acme/license"

// installed is a sandbox on an installation that has its licenses from a seller elsewhere.
type installed struct {
	*client
	b      *bench
	seller *licenseservertest.Server
}

func install(t *testing.T) *installed {
	t.Helper()
	b := setup(t)
	i := &installed{b: b}
	i.seller = licenseservertest.New(func() time.Time { return at(i.get("/v1/clock").is(200).text("now")) })
	t.Cleanup(i.seller.Close)
	b.useSeller(i.seller.URL)
	i.client = b.openSandbox()
	return i
}

// at reads a time.
func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func (i *installed) link() *answered {
	i.t.Helper()
	return i.post(acmesLicense+"/link", object{"key": licenseservertest.Key})
}

func (i *installed) license() *answered {
	i.t.Helper()
	return i.get(acmesLicense).is(200)
}

// TestWorkspaceLicense shows the license of a workspace through its life without any license, and that it follows the books.
func TestWorkspaceLicense(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.get(acmesLicense).is(200).says(object{"workspace": "acme", "source": "free", "status": "none", "access": "none", "product": nil, "seats": 0, "link": nil})
	c.post("/v1/products", object{"code": "gratis", "name": "Gratis", "tier": 0, "free": true, "free_seats": 2, "features": object{"sso": false}}).is(201)
	c.get(acmesLicense).is(200).says(object{"source": "free", "status": "free", "access": "full", "product": "gratis", "seats": 2, "starts_at": nil, "features.sso": false})
	before := len(b.events())
	c.post(acmesLicense+"/refresh", nil).is(200).says(object{"source": "free", "seats": 2})
	if after := len(b.events()); after != before {
		t.Errorf("%d events of a refresh in which nothing differs", after-before)
	}
	c.post("/v1/workspaces/acme/seats", aSeat).is(201)
	c.get(acmesLicense).is(200).says(object{"seats": 2, "in_use": 1})
	c.post("/v1/products/gratis/archive", nil).is(200)
	before = len(b.events())
	c.get(acmesLicense).is(200).says(object{"seats": 0, "in_use": 1, "over_limit": 1, "status": "none"})
	c.post(acmesLicense+"/refresh", nil).is(200)
	c.post(acmesLicense+"/refresh", nil).is(200)
	if after := b.events(); len(after) != before+1 || after[before].Type != "seating.limits_changed.v1" {
		t.Errorf("of two refreshes after the free product is gone, there are %d events", len(after)-before)
	}
	c.openShop()
	c.buy("acme", "pro-month", 3)
	c.get(acmesLicense).is(200).says(object{"source": "subscription", "product": "pro", "price": "pro-month", "seats": 3, "status": "active",
		"starts_at": "2026-01-01T00:00:00Z", "expires_at": nil})
	c.tryOut("zoo", "pro-try", 1)
	c.get("/v1/workspaces/zoo/license").is(200).says(object{"source": "trial", "status": "trialing", "starts_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-15T00:00:00Z"})
}

// TestLink links a workspace, and lets the server change and revoke the license.
func TestLink(t *testing.T) {
	t.Parallel()
	i := install(t)
	linked := i.link().is(200)
	linked.says(object{"source": "license", "status": "active", "access": "full", "product": "enterprise", "seats": 5, "license": "lic-1",
		"features.sso": true, "link.state": "linked", "link.sequence": 1, "link.ladder": "in_sync", "link.instance": "berlin", "link.error": nil})
	i.link().refused(409, "license_linked")
	i.get("/v1/workspaces/acme/current-plan", linked.position()).is(200).says(object{"product": "enterprise", "seats": 5, "access": "full", "status": "active"})
	i.get("/v1/workspaces/acme/features/sso", linked.position()).is(200).says(object{"allowed": true, "source": "license"})
	for _, member := range []string{"ann", "bob"} {
		i.post("/v1/workspaces/acme/seats", object{"member": member, "role": "member"}).is(201)
	}
	i.seller.Change(func(p *licensefile.Payload) { p.Seats = 2 })
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"seats": 2, "in_use": 2, "over_limit": 0, "link.sequence": 2})
	if i.seller.Users() != 2 {
		t.Errorf("the seller knows of %d users", i.seller.Users())
	}
	i.post("/v1/workspaces/acme/seats", aSeat).refused(409, "no_seat_available")
	i.seller.Stop("SUSPENDED")
	i.advance("2026-01-02T00:00:00Z")
	i.license().says(object{"status": "suspended", "access": "read_only", "link.ladder": "read_only", "link.last_try.code": "SUSPENDED", "link.state": "linked"})
	i.get("/v1/workspaces/acme/features/sso").is(200).says(object{"allowed": false, "reason": "read_only"})
	i.seller.Stop("")
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"status": "active", "access": "full", "link.ladder": "in_sync"})
	i.post(acmesLicense+"/unlink", nil).is(200).says(object{"source": "free", "license": nil, "link.state": "unlinked"})
	if i.seller.Places() != 0 {
		t.Error("the seller was not told")
	}
	i.post(acmesLicense+"/sync", nil).refused(409, "license_not_linked")
	i.link().is(200).says(object{"link.state": "linked"})
}
