package projections

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/usage"
)

// month follows one workspace through July 2026, which has 31 days.
type month struct {
	*books
	t *testing.T
	b *bench
}

func newMonth(t *testing.T) *month {
	t.Helper()
	m := &month{books: newBooks(), t: t, b: setup(t)}
	scratch(m.b, usage.Model)
	m.at("2026-07-01T00:00:00Z")
	m.open()
	return m
}

func (m *month) at(text string) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		m.t.Fatal(err)
	}
	m.now = at
}

// buy begins a subscription of so many seats at 9.99 each.
func (m *month) buy(seats int64, zone *string) {
	terms, err := m.catalog.ForSale("team-1")
	if err != nil {
		m.t.Fatal(err)
	}
	m.subscribe("acme", subscription.Create{
		Billing: m.billing(), ID: "sub", Price: "team-1", Terms: terms, Seats: seats, TimeZone: zone,
		Collection: subscription.CollectionSendInvoice,
	})
}

func (m *month) allocate(member string, role seating.Role) {
	m.seat("acme", seating.Allocate{Member: member, Role: role, Free: m.freePlan()})
}

func (m *month) invite(member string, expiresAt *time.Time) {
	m.seat("acme", seating.Allocate{
		Member: member, Role: seating.RoleMember, State: ptr(seating.StatusInvited), ExpiresAt: expiresAt, Free: m.freePlan(),
	})
}

func (m *month) release(member string) {
	m.seat("acme", seating.Release{Member: member, Free: m.freePlan()})
}

// read applies all that happened, in one page, and asks.
func (m *month) read(ask func(context.Context, pgx.Tx)) {
	m.t.Helper()
	tx, err := m.b.Admin.Begin(m.b.Ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(m.b.Ctx) }()
	if err := applyPages(m.b.Ctx, tx, usage.Model, cut(m.b.Ledger.ID, m.stored(m.t, m.b.Codec), 1000)); err != nil {
		m.t.Fatal(err)
	}
	ask(m.b.Ctx, tx)
}

// usage asks as of now for days from from up to but not including to: "date allocated/purchased/high-water" each.
func (m *month) usage(from, to string) (days string, seatDays int64) {
	m.t.Helper()
	m.read(func(ctx context.Context, tx pgx.Tx) {
		first, err := period.ParseDate(from)
		if err != nil {
			m.t.Fatal(err)
		}
		end, err := period.ParseDate(to)
		if err != nil {
			m.t.Fatal(err)
		}
		found, err := usage.FindSeats(ctx, tx, m.b.Ledger.ID, "acme", first, end, m.now)
		if err != nil {
			m.t.Fatal(err)
		}
		var all []string
		for _, day := range found.Days {
			all = append(all, fmt.Sprintf("%02d %d/%d/%d", day.Date.Day, day.Allocated, day.Purchased, day.HighWater))
		}
		days, seatDays = strings.Join(all, ", "), found.SeatDays
	})
	return days, seatDays
}

func (m *month) expectDays(from, to, want string) {
	m.t.Helper()
	if days, _ := m.usage(from, to); days != want {
		m.t.Errorf("from %s to %s: %s, want %s", from, to, days, want)
	}
}

func (m *month) expectSeatDays(from, to string, want int64) {
	m.t.Helper()
	if _, seatDays := m.usage(from, to); seatDays != want {
		m.t.Errorf("from %s to %s: %d seat-days, want %d", from, to, seatDays, want)
	}
}

// payments asks as of now: "member days amount" each, "-" for nobody.
func (m *month) payments(id string) (shares string, found usage.Payments) {
	m.t.Helper()
	m.read(func(ctx context.Context, tx pgx.Tx) {
		var ok bool
		var err error
		if found, ok, err = usage.FindInvoicePayments(ctx, tx, m.b.Ledger.ID, "acme", id, m.now); err != nil || !ok {
			m.t.Fatal(ok, err)
		}
		for _, share := range found.Shares {
			shares += fmt.Sprintf("%s %d %s, ", share.Member, share.Days, share.Amount.Plain())
		}
		shares += fmt.Sprintf("- %d %s", found.Unassigned.Days, found.Unassigned.Amount.Plain())
	})
	return shares, found
}

func (m *month) expectPayments(id, want string, final bool) {
	m.t.Helper()
	if shares, found := m.payments(id); shares != want || found.Final != final {
		m.t.Errorf("%s is shared out as %s, final %v, want %s, %v", id, shares, found.Final, want, final)
	}
}

// invoice gives the id of the last invoice made.
func (m *month) invoice() (id string) {
	for _, g := range m.history {
		for _, w := range g {
			if drafted, is := w.Events[0].(invoice.Drafted); is {
				id = drafted.ID
			}
		}
	}
	return id
}

// TestSeatDays counts the days of seats that come and go within a month.
func TestSeatDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(*month)
		want    int64
	}{
		"added 10 days on": {func(m *month) {
			m.at("2026-07-11T15:00:00Z")
			m.allocate("ann", seating.RoleMember)
		}, 21},
		"added 15 days on": {func(m *month) {
			m.at("2026-07-16T00:00:00Z")
			m.allocate("ann", seating.RoleAdmin)
		}, 16},
		"removed 15 days before the end": {func(m *month) {
			m.allocate("ann", seating.RoleMember)
			m.at("2026-07-17T23:59:59Z")
			m.release("ann")
		}, 16},
		"there for hours": {func(m *month) {
			m.at("2026-07-11T01:00:00Z")
			m.allocate("ann", seating.RoleMember)
			m.at("2026-07-11T23:00:00Z")
			m.release("ann")
		}, 0},
		"back on the same day": {func(m *month) {
			m.allocate("ann", seating.RoleMember)
			m.at("2026-07-11T01:00:00Z")
			m.release("ann")
			m.at("2026-07-11T23:00:00Z")
			m.allocate("ann", seating.RoleMember)
		}, 31},
		"a guest": {func(m *month) { m.allocate("ann", seating.RoleGuest) }, 0},
		"a guest who becomes a member": {func(m *month) {
			m.allocate("ann", seating.RoleGuest)
			m.at("2026-07-11T01:00:00Z")
			m.seat("acme", seating.ChangeRole{Member: "ann", Role: seating.RoleMember, Free: m.freePlan()})
			m.at("2026-07-12T01:00:00Z")
			m.seat("acme", seating.ChangeRole{Member: "ann", Role: seating.RoleAdmin, Free: m.freePlan()})
			m.at("2026-07-13T01:00:00Z")
			m.seat("acme", seating.ChangeRole{Member: "ann", Role: seating.RoleGuest, Free: m.freePlan()})
		}, 2},
		"an invitation": {func(m *month) { m.invite("ann", nil) }, 0},
		"an invitation that is accepted": {func(m *month) {
			m.invite("ann", nil)
			m.at("2026-07-30T01:00:00Z")
			m.seat("acme", seating.Accept{Member: "ann"})
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMonth(t)
			m.buy(5, nil)
			c.happens(m)
			m.at("2026-09-01T00:00:00Z")
			m.expectSeatDays("2026-07-01", "2026-08-01", c.want)
			_, first := m.usage("2026-07-01", "2026-07-17")
			_, second := m.usage("2026-07-17", "2026-08-01")
			if first+second != c.want {
				t.Errorf("%d and %d do not add up to %d", first, second, c.want)
			}
		})
	}
}

// TestLapsedInvitationsAreNotUsed counts an invitation up to its expiry, whether or not an event says so.
func TestLapsedInvitationsAreNotUsed(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.buy(5, nil)
	m.allocate("ann", seating.RoleMember)
	midnight := time.Date(2026, 7, 4, 0, 0, 0, 0, time.UTC)
	m.invite("bob", &midnight)
	m.invite("cid", ptr(midnight.Add(time.Hour)))
	m.at("2026-07-06T12:00:00Z")
	const want = "02 1/5/3, 03 1/5/3, 04 1/5/2, 05 1/5/1, 06 1/5/1"
	m.expectDays("2026-07-02", "2026-07-31", want)
	m.allocate("dan", seating.RoleMember) // writes that both lapsed
	if last := m.history[len(m.history)-1][0].Events; len(last) != 3 {
		t.Fatalf("%d events", len(last))
	}
	m.expectDays("2026-07-02", "2026-07-31", strings.Replace(want, "06 1/5/1", "06 2/5/2", 1))
}

// TestHighWaterOfADay counts commands at one instant one after the other, as in a sandbox, whose clock stands still.
// The events of one command count at once.
func TestHighWaterOfADay(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.buy(5, nil)
	m.at("2026-07-02T00:00:00Z")
	for _, member := range []string{"ann", "bob", "cid"} {
		m.allocate(member, seating.RoleMember)
	}
	m.release("ann")
	m.expectDays("2026-07-01", "2026-07-03", "01 0/5/0, 02 2/5/3")
	m.at("2026-07-03T00:00:00Z")
	m.seat("acme", seating.Sync{Members: []seating.SyncMember{{Member: "dan", Role: seating.RoleAdmin}, {Member: "eve", Role: seating.RoleGuest}}})
	m.expectDays("2026-07-02", "2026-07-04", "02 2/5/3, 03 1/5/1")
	m.at("2026-07-04T12:00:00Z")
	m.release("dan")
	m.expectDays("2026-07-03", "2026-07-05", "03 1/5/1, 04 0/5/1")
}

// TestUsageOfTheFreePlan counts the seats that the catalog gave then. Guests use them too.
func TestUsageOfTheFreePlan(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.expectDays("2026-06-30", "2026-07-05", "30 0/0/0, 01 0/12/0")
	m.at("2026-07-02T10:00:00Z")
	m.allocate("ann", seating.RoleMember)
	m.allocate("gus", seating.RoleGuest)
	m.at("2026-07-03T10:00:00Z")
	m.sell(catalog.ArchiveProduct{Code: "free"})
	m.at("2026-07-04T10:00:00Z")
	m.sell(catalog.CreateProduct{Code: "gratis", Name: "Gratis", Tier: ptr(0), Free: true, FreeSeats: ptr(int64(2))})
	m.at("2026-07-05T10:00:00Z")
	m.buy(7, nil)
	m.at("2026-07-06T10:00:00Z")
	m.expectDays("2026-07-01", "2026-07-31", "01 0/12/0, 02 1/12/2, 03 1/0/2, 04 1/2/2, 05 1/7/2, 06 1/7/1")
	m.expectDays("2026-07-07", "2026-07-31", "")
}

// TestUsageInTheTimeZone counts the days of the subscription's time zone.
func TestUsageInTheTimeZone(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.buy(5, ptr("Pacific/Auckland"))
	m.at("2026-07-02T11:59:59Z") // the last second of the 2nd in Auckland
	m.allocate("ann", seating.RoleMember)
	m.at("2026-07-02T12:00:00Z")
	m.allocate("bob", seating.RoleMember)
	m.expectDays("2026-07-01", "2026-07-10", "01 0/5/0, 02 1/5/1, 03 2/5/2")
}

// TestMemberPayments follows an invoice of 5 seats at 9.99 over 31 days.
func TestMemberPayments(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.at("2026-07-01T09:00:00Z")
	m.buy(5, nil)
	first := m.invoice()
	m.expectPayments(first, "- 155 49.95", false)
	m.allocate("bob", seating.RoleMember)
	m.allocate("ann", seating.RoleAdmin)
	m.allocate("gus", seating.RoleGuest)
	m.invite("eve", nil)
	m.at("2026-07-11T10:00:00Z")
	m.allocate("cid", seating.RoleMember)
	m.at("2026-07-17T10:00:00Z")
	m.release("bob")
	// 31 + 16 + 21 of 155 days are held. Who holds a seat now is counted to the end.
	m.expectPayments(first, "ann 31 9.99, bob 16 5.15, cid 21 6.77, - 87 28.04", false)
	// More seats for the rest, 15 of 31 days: all seats of these days share both lines.
	m.subscribe("acme", subscription.ChangeSeats{Billing: m.billing(), Seats: 8, SeatsInUse: 3})
	m.expectPayments(m.invoice(), "ann 15 1.81, cid 15 1.81, - 90 10.88", false)
	m.expectPayments(first, "ann 31 8.18, bob 16 5.16, cid 21 4.95, - 132 31.66", false)
	m.at("2026-07-31T23:59:59Z")
	if _, found := m.payments(first); found.Final || !found.AsOf.Equal(m.now) {
		t.Errorf("%+v", found)
	}
	m.at("2026-08-03T10:00:00Z")
	m.release("ann")
	m.expectPayments(first, "ann 31 8.18, bob 16 5.16, cid 21 4.95, - 132 31.66", true)
	if _, found := m.payments(first); !found.AsOf.Equal(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("as of %v", found.AsOf)
	}
	m.read(func(ctx context.Context, tx pgx.Tx) {
		for _, none := range [][2]string{{"birch", first}, {"acme", "none"}} {
			if _, ok, err := usage.FindInvoicePayments(ctx, tx, m.b.Ledger.ID, none[0], none[1], m.now); ok || err != nil {
				t.Errorf("%v: %v, %v", none, ok, err)
			}
		}
	})
}

// TestPaymentsOfWhatEnded leaves to nobody what days without bought seats cost.
func TestPaymentsOfWhatEnded(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.buy(5, nil)
	m.allocate("ann", seating.RoleMember)
	charged := m.invoice()
	m.at("2026-07-21T10:00:00Z")
	m.subscribe("acme", subscription.Cancel{
		Billing: m.billing(), When: subscription.CancelNow, Settlement: ptr(subscription.SettlementCredit),
	})
	m.seat("acme", seating.SetLimits{Limits: seating.Limits{Source: seating.SourceFree, Product: "free", Purchased: 12, GuestsPerSeat: 5}})
	m.expectPayments(charged, "ann 31 6.45, - 80 43.50", false)
}

// TestPaymentsWithinADay gives a line that begins and ends on one day that day.
func TestPaymentsWithinADay(t *testing.T) {
	t.Parallel()
	m := newMonth(t)
	m.buy(2, nil)
	m.allocate("ann", seating.RoleMember)
	m.at("2026-07-11T10:00:00Z")
	bill, err := pricing.Terms{Currency: "EUR", Scheme: pricing.SchemePerUnit, UnitAmount: "1.00", TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive}.Bill(2)
	if err != nil {
		t.Fatal(err)
	}
	bill.Lines[0].Period = period.Period{Start: m.now, End: m.now.Add(time.Hour)}
	m.write(testbed.To(invoice.Stream("short"), invoice.Drafted{ID: "short", Workspace: "acme", TimeZone: "UTC", Bill: bill}))
	m.expectPayments("short", "ann 1 1.00, - 1 1.00", false)
	m.at("2026-07-11T12:00:00Z")
	m.expectPayments("short", "ann 1 1.00, - 1 1.00", false)
	m.at("2026-07-12T00:00:00Z")
	m.expectPayments("short", "ann 1 1.00, - 1 1.00", true)
}

// TestUsageFindsMembersByTheirKey builds the read model while the planner knows nothing of its table. Looking for a member
// by another index would read the whole workspace.
func TestUsageFindsMembersByTheirKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	last := b.fill(20_000)
	p := b.run()
	p.await(last)
	p.stop() // so that every connection has told what it did
	p.close()
	testbed.Eventually(t, "the key was used", func() bool { return b.scans("seats_pkey") > 0 })
	if n := b.scans("seats_by_until"); n > 0 {
		t.Errorf("%d looks by another index", n)
	}
}

// scans counts the uses of an index of the first version of usage.
func (b *bench) scans(index string) int {
	b.T.Helper()
	return testbed.One[int](b.Bench, `
		SELECT coalesce(max(idx_scan), 0)::int
		FROM pg_stat_user_indexes
		WHERE schemaname = 'usage_1' AND indexrelname = $1`, index)
}
