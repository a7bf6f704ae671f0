package command_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/command"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// bench holds a ledger and a store on it, whose clock the test moves.
type bench struct {
	t      *testing.T
	store  *eventstore.Store
	ledger eventstore.Ledger
	now    time.Time
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
	url := pgtest.Database(t)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	if b.ledger, err = eventstore.CreateLedger(t.Context(), admin, "test", eventstore.ModeLive, b.now); err != nil {
		t.Fatal(err)
	}
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := eventstore.Connect(t.Context(), url, eventstore.PoolOptions{Name: "test", Connections: 4, Role: pgtest.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if b.store, err = eventstore.New(pool, codec, eventstore.Options{
		Timeout: pgtest.Patience, Now: func() time.Time { return b.now },
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.store.Close)
	do(b, command.CreateProduct(catalog.CreateProduct{Code: "free", Name: "Free", Tier: new(0), Free: true, FreeSeats: new(int64(2))}))
	for i, code := range []string{"pro", "team"} {
		do(b, command.CreateProduct(catalog.CreateProduct{Code: code, Name: code, Tier: new(i + 1), GuestsPerSeat: new(int64(i + 3))}))
		do(b, command.CreatePrice(catalog.CreatePrice{Product: code, Code: code + "-month", Currency: "USD", Interval: "month", UnitAmount: new("12")}))
	}
	return b
}

// try carries a command out, as the API does, and returns its result and its events.
func try[R any](b *bench, c command.Command[R]) (result R, version int64, events []eventstore.Proposed, err error) {
	b.t.Helper()
	made := eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Actor: "tester", Correlation: "test", Resource: c.Resource, Reads: c.Reads, Writes: c.Writes,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			var err error
			result, err = c.Decide(d)
			return eventstore.Answer{Status: 200, Body: []byte(`{}`)}, err
		},
	}
	dry := made
	dry.DryRun = true
	planned, err := b.store.Execute(b.t.Context(), b.ledger, dry)
	if err != nil {
		return result, 0, nil, err
	}
	outcome, err := b.store.Execute(b.t.Context(), b.ledger, made)
	if n := outcome.LastPosition - outcome.FirstPosition + 1; err == nil && n != int64(len(planned.Proposed)) {
		b.t.Fatalf("%d events, tried %d", n, len(planned.Proposed))
	}
	return result, outcome.Version, planned.Proposed, err
}

func do[R any](b *bench, c command.Command[R]) R {
	b.t.Helper()
	result, _, _, err := try(b, c)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

func refused[R any](b *bench, code string, c command.Command[R]) {
	b.t.Helper()
	_, _, _, err := try(b, c)
	var rejection *domain.Rejection
	if !errors.As(err, &rejection) || rejection.Code != code {
		b.t.Fatalf("%v, want %s", err, code)
	}
}

func types(events []eventstore.Proposed) []string {
	var all []string
	for _, e := range events {
		all = append(all, string(e.Stream)+" "+e.Fact.EventType())
	}
	return all
}

func create(price string, seats int64) command.Command[command.Subscription] {
	return command.CreateSubscription("acme", subscription.Create{
		Billing: billing(), ID: "one", Price: price, Seats: seats, Collection: subscription.CollectionSendInvoice,
	})
}

func billing() subscription.Billing {
	return subscription.Billing{Change: uuid.NewString(), Invoice: uuid.NewString()}
}

func allocate(member string, role seating.Role, status seating.Status, expiresAt *time.Time) command.Command[command.Seat] {
	return command.AllocateSeat("acme", seating.Allocate{Member: member, Role: role, State: &status, ExpiresAt: expiresAt})
}

// billed are the events of a change that costs something.
func billed(fact string) []string {
	return []string{
		"subscription:acme " + fact, "subscription:acme subscription.billed.v1", "invoice: invoice.drafted.v1",
		"numbering:main numbering.invoice_numbered.v1", "invoice: invoice.finalized.v1", "seating:acme seating.limits_changed.v1", "account:acme account.receivable_opened.v1",
	}
}

// upgraded also tells the two invoices before what was credited of them; as both prices are alike, nothing is to be paid.
var upgraded = slices.Insert(billed("subscription.upgraded.v1")[:6], 5,
	"earlier: invoice.lines_prorated.v1", "earlier: invoice.lines_prorated.v1")

// TestBuyingOpensTheSeats: subscription, invoice and seat pool change in one group, and always together.
func TestBuyingOpensTheSeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	steps := []struct {
		command command.Command[command.Subscription]
		events  []string
		limits  seating.Limits
	}{
		{create("pro-month", 2), billed("subscription.created.v1"),
			seating.Limits{Source: seating.SourceSubscription, Product: "pro", Purchased: 2, GuestsPerSeat: 3}},
		{command.ChangeSeats("acme", subscription.ChangeSeats{Billing: billing(), Seats: 5}), billed("subscription.seats_changed.v1"),
			seating.Limits{Source: seating.SourceSubscription, Product: "pro", Purchased: 5, GuestsPerSeat: 3}},
		{command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: "team-month"}), upgraded,
			seating.Limits{Source: seating.SourceSubscription, Product: "team", Purchased: 5, GuestsPerSeat: 4}},
		{command.ChangeSeats("acme", subscription.ChangeSeats{Billing: billing(), Seats: 5}), nil, seating.Limits{}},
	}
	for i, step := range steps {
		result, version, events, err := try(b, step.command)
		if err != nil {
			t.Fatal(err)
		}
		got := types(events)
		for i := range got {
			if stream, name, _ := strings.Cut(got[i], " "); strings.HasPrefix(stream, "invoice:") {
				of := "earlier: "
				if stream == "invoice:"+*result.Invoice {
					of = "invoice: "
				}
				got[i] = of + name
			}
		}
		if !slices.Equal(got, step.events) || result.Version != version || result.Workspace != "acme" || len(result.Actions) == 0 {
			t.Errorf("step %d: %v, %+v", i, types(events), result)
		}
		if changed := facts[seating.LimitsChanged](events); len(changed) > 0 && seating.Limits(changed[0]) != step.limits {
			t.Errorf("step %d: %+v", i, changed)
		}
	}
}

// TestSeatsInUse: as many must be bought as are taken, but a lapsed invitation takes none.
func TestSeatsInUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, allocate("ada", seating.RoleMember, seating.StatusActive, nil))
	do(b, allocate("bob", seating.RoleMember, seating.StatusInvited, new(b.now.Add(time.Hour))))
	refused(b, "seats_in_use", create("pro-month", 1))
	b.now = b.now.Add(time.Hour)
	do(b, create("pro-month", 1))
	refused(b, "no_seat_available", allocate("eve", seating.RoleMember, seating.StatusActive, nil))
}

// TestPriceOfAnUpgrade: what is bought must be for sale, but the present price is not bought, and without a subscription
// nothing is.
func TestPriceOfAnUpgrade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upgrade := func(price string) command.Command[command.Subscription] {
		return command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: price})
	}
	refused(b, "no_subscription", upgrade("none"))
	refused(b, "price_not_found", create("none", 1))
	do(b, create("pro-month", 1))
	do(b, command.ArchivePrice(catalog.ArchivePrice{Code: "pro-month"}))
	do(b, command.ArchiveProduct(catalog.ArchiveProduct{Code: "team"}))
	refused(b, "no_change", upgrade("pro-month"))
	refused(b, "product_archived", upgrade("team-month"))
	refused(b, "price_not_found", upgrade("none"))
	refused(b, "name_invalid", upgrade("no name"))
}

// TestSeats: each command answers with the seat as it leaves it.
func TestSeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	begin := b.now
	if seat := do(b, allocate("ada", seating.RoleMember, seating.StatusInvited, nil)); seat != (command.Seat{Member: "ada", Role: seating.RoleMember, State: seating.StatusInvited, Since: begin}) {
		t.Errorf("%+v", seat)
	}
	b.now = begin.Add(time.Hour)
	if seat := do(b, command.AcceptSeat("acme", "ada")); seat != (command.Seat{Member: "ada", Role: seating.RoleMember, State: seating.StatusActive, Since: b.now}) {
		t.Errorf("%+v", seat)
	}
	if seat := do(b, command.ChangeSeatRole("acme", seating.ChangeRole{Member: "ada", Role: seating.RoleAdmin})); seat.Role != seating.RoleAdmin || seat.Since != b.now {
		t.Errorf("%+v", seat)
	}
	b.now = begin.Add(2 * time.Hour)
	if seat := do(b, command.ReleaseSeat("acme", "ada")); seat != (command.Seat{Member: "ada", Role: seating.RoleAdmin, State: command.StatusReleased, Since: b.now}) {
		t.Errorf("%+v", seat)
	}
	do(b, allocate("bob", seating.RoleGuest, seating.StatusInvited, new(b.now.Add(time.Hour))))
	b.now = begin.Add(4 * time.Hour)
	if seat := do(b, command.ReleaseSeat("acme", "bob")); seat.Role != seating.RoleGuest || seat.State != command.StatusReleased {
		t.Errorf("%+v", seat)
	}
	list := []seating.SyncMember{{Member: "eve", Role: seating.RoleMember}, {Member: "fay", Role: seating.RoleGuest}}
	if changes := do(b, command.SyncSeats("acme", seating.Sync{Members: list})); changes != (command.SeatChanges{Added: 2}) {
		t.Errorf("%+v", changes)
	}
	list = []seating.SyncMember{{Member: "eve", Role: seating.RoleAdmin}}
	if changes := do(b, command.SyncSeats("acme", seating.Sync{Members: list})); changes != (command.SeatChanges{Changed: 1, Removed: 1}) {
		t.Errorf("%+v", changes)
	}
}

// TestFreePlanOfToday: a pool on the free plan is judged by the free product as it is now.
func TestFreePlanOfToday(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, allocate("ada", seating.RoleMember, seating.StatusActive, nil))
	do(b, allocate("bob", seating.RoleGuest, seating.StatusActive, nil))
	refused(b, "no_seat_available", allocate("eve", seating.RoleMember, seating.StatusActive, nil))
	do(b, command.ArchiveProduct(catalog.ArchiveProduct{Code: "free"}))
	_, _, events, err := try(b, command.ReleaseSeat("acme", "ada"))
	if err != nil || len(events) != 2 || events[0].Fact != seating.LimitsChanged(seating.State{}.Limits()) {
		t.Errorf("%v %v", types(events), err)
	}
	refused(b, "no_seat_available", allocate("ada", seating.RoleMember, seating.StatusActive, nil))
	do(b, command.CreateProduct(catalog.CreateProduct{Code: "free2", Name: "Free", Tier: new(0), Free: true, FreeSeats: new(int64(9))}))
	do(b, allocate("ada", seating.RoleMember, seating.StatusActive, nil))
}
