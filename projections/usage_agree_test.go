package projections

import (
	"maps"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections/usage"
)

// poolAt gives a seat pool just before an instant by its own rules, and the free plan's seats then.
func (b *books) poolAt(workspace string, before time.Time) (pool seating.State, free int64) {
	var shop catalog.State
	for i, g := range b.history {
		if !b.times[i].Before(before) {
			break
		}
		for _, w := range g {
			for _, event := range w.Events {
				switch w.Stream {
				case catalog.Stream():
					shop = catalog.Evolve(shop, event)
				case seating.Stream(workspace):
					pool = seating.Evolve(pool, event)
				}
			}
		}
	}
	product, _ := shop.Free()
	return pool.At(before.Add(-time.Microsecond)), product.FreeSeats
}

// holders names the members that have a seat of their own.
func holders(pool seating.State) (members []string) {
	for member, seat := range pool.Members() {
		if seat.Role != seating.RoleGuest && seat.State == seating.StatusActive {
			members = append(members, member)
		}
	}
	return members
}

func totalUse(pool seating.State) int64 {
	if pool.Limits().Source == seating.SourceFree {
		return pool.Use().Seats() + pool.Use().Guests
	}
	return pool.Use().Seats()
}

// highWaterOf gives the most seats in use at the day's beginning, if nothing changes them then, and after each command.
func (b *books) highWaterOf(workspace string, start, end time.Time) (high int64) {
	var pool seating.State
	changed := false
	for i, g := range b.history {
		for _, w := range g {
			if w.Stream != seating.Stream(workspace) || !b.times[i].Before(end) {
				continue
			}
			for _, event := range w.Events {
				pool = seating.Evolve(pool, event)
			}
			if !b.times[i].Before(start) {
				changed = changed || b.times[i].Equal(start)
				high = max(high, totalUse(pool))
			}
		}
	}
	if before, _ := b.poolAt(workspace, start); !changed {
		high = max(high, totalUse(before.At(start)))
	}
	return high
}

// checkUsage counts day by day, where the read model counts by spans.
func (b *books) checkUsage(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID, workspace string) {
	zone := time.UTC
	if s := b.subscriptions[workspace]; s.TimeZone != "" {
		zone, _ = period.LoadZone(s.TimeZone)
	}
	from, today := period.DateIn(begin, zone).AddDays(-2), period.DateIn(b.now, zone)
	want := usage.Seats{TimeZone: zone.String(), Days: []usage.Day{}}
	for date := from; !today.Before(date); date = date.AddDays(1) {
		start, end := period.Midnight(date, zone), period.Midnight(date.AddDays(1), zone)
		pool, free := b.poolAt(workspace, end)
		day := usage.Day{Date: date, Allocated: int64(len(holders(pool))), Purchased: free, HighWater: b.highWaterOf(workspace, start, end)}
		if limits := pool.Limits(); limits.Source != seating.SourceFree {
			day.Purchased = limits.Purchased
		}
		want.Days, want.SeatDays = append(want.Days, day), want.SeatDays+day.Allocated
	}
	got, err := usage.FindSeats(bench.Ctx, tx, ledger, workspace, from, today.AddDays(5), b.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("usage of %s (-want +got):\n%s", workspace, diff)
	}
	b.checkPayments(t, bench, tx, ledger, workspace)
}

// checkPayments shares every invoice out by the holders of seats, day by day.
func (b *books) checkPayments(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID, workspace string) {
	for _, g := range b.history {
		for _, w := range g {
			drafted, is := w.Events[0].(invoice.Drafted)
			if !is || drafted.Workspace != workspace {
				continue
			}
			got, ok, err := usage.FindPayments(bench.Ctx, tx, ledger, workspace, drafted.ID, b.now)
			if err != nil || !ok || got.Final || !got.AsOf.Equal(b.now) {
				t.Fatalf("payments of %s: %+v, %v, %v", drafted.ID, got, ok, err)
			}
			zone, err := period.LoadZone(drafted.TimeZone)
			if err != nil {
				t.Fatal(err)
			}
			want := b.payments(t, workspace, drafted.Bill, zone)
			amounts, all := map[string]string{"": got.Unassigned.Amount.Plain()}, got.Unassigned.Amount
			for _, share := range got.Shares {
				amounts[share.Member] = share.Amount.Plain()
				all = all.Plus(share.Amount)
			}
			if diff := cmp.Diff(want, amounts); diff != "" {
				t.Fatalf("payments of %s (-want +got):\n%s", drafted.ID, diff)
			}
			if billed := drafted.Bill.Subtotal.Plus(drafted.Bill.Discount.Neg()); !all.Equal(billed) {
				t.Fatalf("%v is shared out of %v", all, billed)
			}
		}
	}
}

func (b *books) payments(t rapid.TB, workspace string, bill pricing.Bill, zone *time.Location) map[string]string {
	amounts := map[string]money.Amount{}
	for _, line := range bill.Lines {
		days, bought := map[string]int64{}, int64(0)
		for date := period.DateIn(line.Period.Start, zone); date.Before(period.DateIn(line.Period.End, zone)); date = date.AddDays(1) {
			pool, _ := b.poolAt(workspace, period.Midnight(date.AddDays(1), zone))
			for _, member := range holders(pool) {
				days[member]++
			}
			paid := int64(0)
			if limits := pool.Limits(); limits.Source != seating.SourceFree {
				paid = limits.Purchased
			}
			for _, other := range bill.Lines {
				if !date.Before(period.DateIn(other.Period.Start, zone)) && date.Before(period.DateIn(other.Period.End, zone)) {
					paid = max(paid, other.Quantity)
				}
			}
			bought += paid
		}
		var held []pricing.SeatDays
		for _, member := range slices.Sorted(maps.Keys(days)) {
			held = append(held, pricing.SeatDays{Member: member, Days: days[member]})
		}
		shares, rest, err := pricing.ShareOut(line.Net(), bought, held)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range append(shares, pricing.Share{Amount: rest}) {
			if sum, again := amounts[share.Member]; again {
				share.Amount = sum.Plus(share.Amount)
			}
			amounts[share.Member] = share.Amount
		}
	}
	plain := map[string]string{}
	for member, amount := range amounts {
		plain[member] = amount.Plain()
	}
	return plain
}
