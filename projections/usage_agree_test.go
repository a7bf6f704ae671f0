package projections

import (
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

// checkPayments shares every invoice and every credit note out by the holders of seats, day by day.
func (b *books) checkPayments(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID, workspace string) {
	bills := map[string]invoice.Drafted{}
	for _, g := range b.history {
		for _, w := range g {
			for _, event := range w.Events {
				switch e := event.(type) {
				case invoice.Drafted:
					if bills[e.ID] = e; e.Workspace != workspace {
						continue
					}
					got, ok, err := usage.FindInvoicePayments(bench.Ctx, tx, ledger, workspace, e.ID, b.now)
					b.checkShares(t, e, e.Bill.Lines, got, ok, err)
				case invoice.Credited:
					bill := bills[e.ID]
					if bill.Workspace != workspace {
						continue
					}
					var back []pricing.Line
					for _, credited := range e.Lines {
						line := bill.Bill.Lines[slices.IndexFunc(bill.Bill.Lines, func(l pricing.Line) bool { return l.Key == credited.Key })]
						line.Amount, line.Discount, line.Tax = credited.Amount.Neg(), credited.Amount.Mul(0), credited.Tax.Neg()
						back = append(back, line)
					}
					got, ok, err := usage.FindCreditNotePayments(bench.Ctx, tx, ledger, workspace, e.CreditNote, b.now)
					b.checkShares(t, bill, back, got, ok, err)
				}
			}
		}
	}
}

func (b *books) checkShares(t rapid.TB, of invoice.Drafted, lines []pricing.Line, got usage.Payments, ok bool, err error) {
	if err != nil || !ok || got.Final || !got.AsOf.Equal(b.now) {
		t.Fatalf("payments of %s: %+v, %v, %v", of.ID, got, ok, err)
	}
	zone, err := period.LoadZone(of.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	amounts, all := map[string]string{"": got.Unassigned.Amount.Plain()}, got.Unassigned.Amount
	for _, share := range got.Shares {
		amounts[share.Member] = share.Amount.Plain()
		all = all.Plus(share.Amount)
	}
	if diff := cmp.Diff(b.payments(t, of.Workspace, lines, zone), amounts); diff != "" {
		t.Fatalf("payments of %s (-want +got):\n%s", of.ID, diff)
	}
	for _, line := range lines {
		all = all.Minus(line.Net())
	}
	if !all.IsZero() {
		t.Fatalf("%v too much is shared out", all)
	}
}

func (b *books) payments(t rapid.TB, workspace string, lines []pricing.Line, zone *time.Location) map[string]string {
	amounts := map[string]money.Amount{}
	for _, line := range lines {
		var bought []int64
		var held []pricing.Held
		for date := period.DateIn(line.Period.Start, zone); date.Before(period.DateIn(line.Period.End, zone)); date = date.AddDays(1) {
			pool, _ := b.poolAt(workspace, period.Midnight(date.AddDays(1), zone))
			for _, member := range holders(pool) {
				held = append(held, pricing.Held{Member: member, From: len(bought), To: len(bought) + 1})
			}
			paid := int64(0)
			if limits := pool.Limits(); limits.Source != seating.SourceFree {
				paid = limits.Purchased
			}
			bought = append(bought, paid)
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
