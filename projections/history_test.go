package projections

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

var (
	products   = []string{"free", "starter", "team", "business"}
	workspaces = []string{"acme", "birch", "cedar"}
	members    = []string{"ann", "bob", "cid", "dan", "eve", "fay"}
	roles      = []seating.Role{seating.RoleAdmin, seating.RoleMember, seating.RoleGuest}
	zones      = []*string{nil, ptr("Pacific/Auckland"), ptr("America/St_Johns")}
	statuses   = []*seating.Status{nil, ptr(seating.StatusActive), ptr(seating.StatusInvited)}
)

// histories generates random sequences of commands. Many are refused, and write nothing.
func histories(commandsMin, commandsMax int) *rapid.Generator[*books] {
	return rapid.Custom(func(t *rapid.T) *books {
		b := newBooks()
		b.open()
		for range rapid.IntRange(commandsMin, commandsMax).Draw(t, "commands") {
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 3*3600).Draw(t, "seconds")) * time.Second)
			switch kind := rapid.IntRange(0, 15).Draw(t, "kind"); {
			case kind < 2:
				b.drawCatalog(t)
			case kind < 4:
				b.drawSubscription(t)
			case kind < 6:
				b.drawInvoice(t)
			case kind == 12:
				b.drawWebhook(t)
			case kind == 15:
				b.drawLicense(t)
			case kind < 8:
				b.drawPayment(t)
			case kind < 9:
				b.drawFeature(t)
			default:
				b.drawSeat(t)
			}
		}
		return b
	})
}

// open sells something, so that later commands are seldom refused for want of it.
func (b *books) open() {
	b.listen(webhook.Create{ID: "hook", Secret: "s", Settings: webhook.Settings{URL: "https://example.com"}})
	for i, code := range products[:3] {
		b.sell(catalog.CreateProduct{Code: code, Name: "Product " + code, Tier: &i, Free: i == 0})
		b.sell(catalog.CreatePrice{Product: code, Code: code + "-1", Currency: "EUR", Interval: "month", UnitAmount: ptr("9.99"), TrialDays: ptr(2 * i)})
	}
}

func (b *books) drawCatalog(t *rapid.T) {
	i := rapid.IntRange(0, len(products)-1).Draw(t, "product")
	code := products[i]
	price := fmt.Sprintf("%s-%d", code, rapid.IntRange(1, 2).Draw(t, "price"))
	switch rapid.IntRange(0, 6).Draw(t, "sell") {
	case 0, 1:
		b.sell(catalog.CreateProduct{
			Code: code, Name: "Product " + code, Tier: &i, Free: i == 0 || i == 1 && rapid.Bool().Draw(t, "free"),
			Features: catalog.Features{"sso": []byte("true"), "audit": []byte(`{"days":30}`), "brand": []byte(`"x"`)},
		})
	case 2, 3:
		b.sell(catalog.CreatePrice{Product: code, Code: price, Currency: "EUR", Interval: "month", UnitAmount: ptr("12.30")})
	case 4:
		b.sell(catalog.ChangeProduct{Code: code, Name: ptr(fmt.Sprintf("Changed %d", len(b.history)))})
	case 5:
		if rapid.Bool().Draw(t, "archive product") {
			b.sell(catalog.ArchiveProduct{Code: code})
		} else {
			b.sell(catalog.ArchivePrice{Code: price})
		}
	case 6:
		b.sell(catalog.CreateCoupon{Code: price, PercentOff: ptr("25"), Duration: "periods", Periods: ptr(i + 1)})
	}
}

func (b *books) drawSubscription(t *rapid.T) {
	workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
	seats := rapid.Int64Range(1, 9).Draw(t, "seats")
	price := fmt.Sprintf("%s-%d", rapid.SampledFrom(products[1:]).Draw(t, "of"), rapid.IntRange(1, 2).Draw(t, "price"))
	terms, err := b.catalog.ForSale(price)
	if err != nil {
		return
	}
	use := b.pools[workspace].At(b.now).SeatsInUse()
	switch rapid.IntRange(0, 6).Draw(t, "subscribe") {
	case 0:
		b.subscribe(workspace, subscription.Create{
			ID: fmt.Sprintf("sub-%d", len(b.history)), Price: price, Terms: terms, Seats: seats, SeatsInUse: use,
			Billing: b.billing(), Collection: subscription.CollectionSendInvoice, TimeZone: rapid.SampledFrom(zones).Draw(t, "zone"),
		})
	case 1:
		b.subscribe(workspace, subscription.Upgrade{Billing: b.billing(), Price: price, Terms: terms})
	case 2:
		b.subscribe(workspace, subscription.ChangeSeats{Billing: b.billing(), Seats: seats, SeatsInUse: use})
	case 3, 4:
		if b.trials[workspace].Status == "" {
			b.subscribe(workspace, subscription.StartTrial{
				ID: fmt.Sprintf("sub-%d", len(b.history)), Price: price, Terms: terms, SeatsInUse: use,
				AtEnd: ptr(rapid.SampledFrom([]subscription.AtEnd{"free", "cancel", "pause"}).Draw(t, "at end")),
			})
		}
	case 5:
		b.drawTrial(t, workspace)
	case 6:
		b.subscribe(workspace, subscription.Cancel{
			Billing: b.billing(), When: b.now.Add(time.Hour).Format(time.RFC3339), Settlement: ptr(subscription.SettlementNone),
		})
	}
}

// drawTrial ends a trial in one way or another, or lets it go on.
func (b *books) drawTrial(t *rapid.T, workspace string) {
	switch rapid.IntRange(0, 4).Draw(t, "trial") {
	case 0:
		b.subscribe(workspace, subscription.ExtendTrial{End: b.trials[workspace].End.Add(time.Hour), Reason: "nice"})
	case 1:
		b.subscribe(workspace, subscription.CancelTrial{})
	case 2:
		b.subscribe(workspace, subscription.ConvertTrial{Billing: b.billing(), Anchor: ptr(subscription.ConvertTrialEnd)})
	case 3:
		b.subscribe(workspace, subscription.ConvertTrial{Billing: b.billing(), Collection: ptr(subscription.CollectionSendInvoice)})
	case 4:
		if facts, err := trial.Decide(b.trials[workspace], trial.Remind{}, b.meta()); err == nil {
			b.write(testbed.To(trial.Stream(workspace, "main"), domain.Events(facts)...))
		}
	}
}

// drawFeature overrides a feature or uses a limited one.
func (b *books) drawFeature(t *rapid.T) {
	workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
	c := entitlement.Command(entitlement.RemoveOverride{Key: "sso"})
	switch rapid.IntRange(0, 2).Draw(t, "feature") {
	case 0:
		c = entitlement.SetOverride{Key: "sso", Value: []byte("true"), Until: ptr(b.now.Add(time.Hour)), Reason: "a pilot"}
	case 1:
		plan := entitlement.Plan{Key: "calls", Known: entitlement.Key{Limited: true}, Access: entitlement.AccessFull,
			Grant: entitlement.Grant{Source: entitlement.SourcePlan, Limit: &entitlement.Bound{}}}
		c = entitlement.Use{Plan: plan, Amount: rapid.Int64Range(-3, 9).Draw(t, "amount")}
	}
	if facts, err := entitlement.Decide(b.entitlements[workspace], c, b.meta()); err == nil {
		b.write(testbed.To(entitlement.Stream(workspace), domain.Events(facts)...))
	}
}

// drawLicense does something to one of two licenses, of which one is a workspace's.
func (b *books) drawLicense(t *rapid.T) {
	id := rapid.SampledFrom([]string{"lic-1", "lic-2"}).Draw(t, "license")
	issue := license.Issue{ID: id, KeyID: "AAAAAAAAAAAA", Licensee: "Acme", Product: "team", Seats: 3, ExpiresAt: ptr(b.now.Add(15 * 24 * time.Hour)), HeartbeatTTL: ptr(int64(60))}
	if id == "lic-2" {
		issue.Workspace = &workspaces[0]
	}
	commands := []license.Command{
		license.Activate{Instance: "berlin", Fingerprint: "f"}, license.Deactivate{Instance: "berlin"}, license.ChangeSeats{Seats: rapid.Int64Range(1, 5).Draw(t, "seats")},
		license.Suspend{Reason: "x"}, license.Reinstate{}, license.Renew{ExpiresAt: ptr(b.now.Add(time.Hour))}, license.Renew{}, license.Run{},
		license.IssueFile{Instance: "berlin"}, license.RotateKey{KeyID: "BBBBBBBBBBBB"},
	}
	if rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
		commands = append(commands, license.Revoke{Reason: "over"})
	}
	c := rapid.SampledFrom(commands).Draw(t, "change")
	if b.licenses[id].ID == "" {
		c = issue
	}
	if facts, err := license.Decide(b.licenses[id], c, b.meta()); err == nil {
		b.write(testbed.To(license.Stream(id), domain.Events(facts)...))
	}
}

func (b *books) drawSeat(t *rapid.T) {
	workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
	member := rapid.SampledFrom(members).Draw(t, "member")
	role := rapid.SampledFrom(roles).Draw(t, "role")
	status := rapid.SampledFrom(statuses).Draw(t, "status")
	switch rapid.IntRange(0, 5).Draw(t, "seat") {
	case 0, 1:
		c := seating.Allocate{Member: member, Role: role, State: status, Free: b.freePlan()}
		if status == statuses[2] && rapid.Bool().Draw(t, "expires") {
			c.ExpiresAt = ptr(b.now.Add(2 * time.Hour))
		}
		b.seat(workspace, c)
	case 2:
		b.seat(workspace, seating.Accept{Member: member, Free: b.freePlan()})
	case 3:
		b.seat(workspace, seating.ChangeRole{Member: member, Role: role, Free: b.freePlan()})
	case 4:
		b.seat(workspace, seating.Release{Member: member, Free: b.freePlan()})
	case 5:
		listed := rapid.SliceOfNDistinct(rapid.SampledFrom(members), 0, 4, rapid.ID).Draw(t, "listed")
		list := make([]seating.SyncMember, len(listed))
		for i, name := range listed {
			list[i] = seating.SyncMember{
				Member: name, Role: rapid.SampledFrom(roles).Draw(t, "role"), State: rapid.SampledFrom(statuses).Draw(t, "status"),
			}
		}
		b.seat(workspace, seating.Sync{Members: list, Free: b.freePlan()})
	}
}
