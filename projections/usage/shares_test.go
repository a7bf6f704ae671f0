package usage

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var begin = time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)

// TestPaymentsAddUp shares out random lines among random holders of seats: the shares add up to the lines, and the
// members' days to those that the usage counts.
func TestPaymentsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, _ := period.LoadZone(rapid.SampledFrom([]string{"UTC", "America/New_York", "Africa/Cairo", "Pacific/Apia"}).Draw(t, "zone"))
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			return begin.Add(time.Duration(rapid.IntRange(0, 400*24*3600).Draw(t, "second")) * time.Second)
		})
		yen := func(name string) money.Amount {
			amount, _ := money.FromMinor("JPY", rapid.Int64Range(-99_999, 99_999).Draw(t, name))
			return amount
		}
		bill, want := pricing.Bill{Currency: "JPY"}, yen("nothing").Mul(0)
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			line := pricing.Line{Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity"), Amount: yen("amount"), Discount: yen("discount"), Tax: yen("tax")}
			line.TaxBehavior = rapid.SampledFrom([]pricing.TaxBehavior{pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive}).Draw(t, "behaviour")
			line.Period.Start = instant.Draw(t, "start")
			line.Period.End = line.Period.Start.Add(time.Duration(rapid.IntRange(1, 400*24).Draw(t, "hours")) * time.Hour)
			bill.Lines = append(bill.Lines, line)
			want = want.Plus(line.Net())
		}
		b := newBilledDays(bill, zone)
		for range rapid.IntRange(0, 12).Draw(t, "spans") {
			s := &span{memberKey: memberKey{member: rapid.SampledFrom([]string{"ann", "bob", "cid"}).Draw(t, "member")}, kind: kindAllocated, since: instant.Draw(t, "since")}
			if rapid.Bool().Draw(t, "ends") {
				s.until = new(s.since.Add(time.Duration(rapid.IntRange(0, 400*24).Draw(t, "held")) * time.Hour))
			}
			b.history.spans = append(b.history.spans, s)
		}
		shares, sum, err := b.shareOut()
		if err != nil {
			t.Fatal(err)
		}
		var seatDays, counted int64
		all := sum.Amount
		for _, share := range shares {
			all, seatDays = all.Plus(share.Amount), seatDays+share.Days
		}
		if !all.Equal(want) {
			t.Fatalf("%v of %v", all, want)
		}
		for _, day := range b.history.count(b.calendar) {
			counted += day.Allocated
		}
		if seatDays != counted {
			t.Fatalf("members have %d days, and %d are counted", seatDays, counted)
		}
	})
}
