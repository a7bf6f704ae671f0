package api

import (
	"flag"
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

// away is for how many days TestASellerIsAway goes on. The server is asked each hour, so that forty take their time.
var away = flag.Int("days-away", 7, "for how many days the seller is away in TestASellerIsAway, up to 40")

// TestASellerIsAway goes down the ladder by the clock, each step on its day, and up again with one sync.
func TestASellerIsAway(t *testing.T) {
	t.Parallel()
	i := install(t)
	linked := at(i.link().is(200).text("link.last_success_at"))
	i.post("/v1/workspaces/acme/seats", aSeat).is(201)
	i.seller.Away(true)
	const check = "/v1/workspaces/acme/seats/check"
	invited := object{"invite": []any{object{"role": "member"}}}
	for _, step := range []struct {
		days           int
		before         time.Duration
		ladder, access string
		admits         bool
	}{
		{3, time.Second, "in_sync", "full", true},
		{3, 0, "warning", "full", true},
		{7, time.Second, "warning", "full", true},
		{7, 0, "restricted", "full", false},
		{30, time.Second, "restricted", "full", false},
		{30, 0, "read_only", "read_only", false},
		{40, 0, "read_only", "read_only", false},
	} {
		if step.days > *away {
			break
		}
		i.advance(linked.AddDate(0, 0, step.days).Add(-step.before).Format(time.RFC3339))
		i.license().says(object{"link.state": "linked", "link.ladder": step.ladder, "access": step.access, "link.last_success_at": "2026-01-01T00:00:00Z"})
		room := i.post(check, invited).is(200)
		if step.admits {
			room.says(object{"allowed": true, "admin_member_seats_left": 4, "code": nil})
			continue
		}
		room.says(object{"allowed": false, "admin_member_seats_left": 0, "code": "license_out_of_sync"})
		i.post("/v1/workspaces/acme/seats", object{"member": "eve", "role": "member"}).refused(409, "license_out_of_sync")
	}
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"link.last_try.conclusive": false, "link.last_success_at": "2026-01-01T00:00:00Z"})
	i.seller.Away(false)
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"link.ladder": "in_sync", "access": "full", "link.error": nil, "link.last_try.conclusive": true})
	i.post(check, invited).is(200).says(object{"allowed": true})
	i.post("/v1/workspaces/acme/seats", object{"member": "eve", "role": "member"}).is(201)
}

// TestALinkHealsByItself breaks a link off at each of its steps, and lets the clock go on.
func TestALinkHealsByItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breakOff, mend func(*installed)
		state          string
	}{
		"the server is away":                   {func(i *installed) { i.seller.Away(true) }, func(i *installed) { i.seller.Away(false) }, "linking"},
		"the answer to the activation is lost": {func(i *installed) { i.seller.Lose(1) }, func(*installed) {}, "linking"},
		"the license is full":                  {func(i *installed) { i.seller.Fill(true) }, func(i *installed) { i.seller.Fill(false) }, "linking"},
		"the file is a stranger's":             {func(i *installed) { i.seller.SignAsStranger(true) }, func(i *installed) { i.seller.SignAsStranger(false) }, "linked_pending_apply"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := install(t)
			test.breakOff(i)
			i.link().is(202).says(object{"link.state": test.state, "source": "free", "link.next_sync_at": "2026-01-01T01:00:00Z"})
			i.post(acmesLicense+"/upload", object{"file": i.seller.File("berlin", "f00d", nil)}).refused(409, "license_linked")
			test.mend(i)
			i.advance("2026-01-01T00:59:59Z")
			i.license().says(object{"link.state": test.state})
			i.advance("2026-01-01T01:00:00Z")
			i.license().says(object{"link.state": "linked", "source": "license", "seats": 5, "link.error": nil})
			if i.seller.Places() != 1 {
				t.Errorf("%d places are taken", i.seller.Places())
			}
		})
	}
}

// TestASyncShowsThatTheServerDoesNotAgree ends a link that was never agreed to, and answers as any sync.
func TestASyncShowsThatTheServerDoesNotAgree(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.seller.Away(true)
	i.post(acmesLicense+"/link", object{"key": "tallylic_000000000000_1111111111111111111111111111111111111111111"}).is(202).says(object{"link.state": "linking"})
	i.seller.Away(false)
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"source": "free", "link.state": "unlinked", "link.error.code": "license_key_invalid",
		"link.last_try.conclusive": true, "link.next_sync_at": nil})
	i.link().is(200).says(object{"link.state": "linked"})
}

// TestALinkIsAJob has a person park a link whose server is away, and take it up again.
func TestALinkIsAJob(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.seller.Away(true)
	begun := i.link().is(202)
	const job = "/v1/jobs/license_sync~installation:acme"
	listed := func(after *answered, status string, more object) {
		t.Helper()
		i.get("/v1/jobs?kind=license_sync", after.position()).is(200).says(object{"data.0.status": status, "data.0.workspace": "acme"}).says(more)
	}
	listed(begun, "failed", object{"data.0.last_error.code": "license_server_unreadable", "data.0.attempts": 1, "data.0.next_at": "2026-01-01T01:00:00Z"})
	listed(i.post(job+"/park", object{"reason": "the seller moves"}).is(200).says(object{"status": "parked"}), "parked", nil)
	listed(i.advance("2026-01-01T02:00:00Z"), "parked", nil)
	i.license().says(object{"link.state": "linking", "link.last_try.at": "2026-01-01T00:00:00Z"})
	i.seller.Away(false)
	i.post(job+"/retry", nil).is(200)
	i.advance("2026-01-01T02:00:01Z")
	i.license().says(object{"link.state": "linked"})
}
