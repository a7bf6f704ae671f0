package usage

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/invoice"
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
		bill, want := pricing.Bill{Currency: "JPY"}, money.Zero("JPY")
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			line := pricing.Line{Kind: pricing.LineKindCharge, Amount: yen("amount"), Discount: yen("discount"), Tax: yen("tax")}
			line.TaxBehavior = rapid.SampledFrom([]pricing.TaxBehavior{pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive}).Draw(t, "behaviour")
			line.Period.Start = instant.Draw(t, "start")
			line.Period.End = line.Period.Start.Add(time.Duration(rapid.IntRange(1, 400*24).Draw(t, "hours")) * time.Hour)
			bill.Lines = append(bill.Lines, line)
			want = want.Plus(line.Net())
		}
		item := pricing.Line{Kind: "item", Amount: yen("item"), Discount: yen("item's discount"), Period: bill.Lines[0].Period}
		bill.Lines = append(bill.Lines, item) // is of no seats
		b := newSharedDays("JPY", billedLines(bill), zone)
		for range rapid.IntRange(0, 12).Draw(t, "spans") {
			s := &span{memberKey: memberKey{member: rapid.SampledFrom([]string{"ann", "bob", "cid"}).Draw(t, "member")}, kind: kindAllocated, since: instant.Draw(t, "since")}
			if rapid.Bool().Draw(t, "ends") {
				s.until = new(s.since.Add(time.Duration(rapid.IntRange(0, 400*24).Draw(t, "held")) * time.Hour))
			}
			b.history.spans = append(b.history.spans, s)
		}
		for range rapid.IntRange(0, 4).Draw(t, "plans") {
			since := instant.Draw(t, "bought since")
			if n := len(b.history.plans); n > 0 && since.Before(b.history.plans[n-1].since) {
				since = b.history.plans[n-1].since
			}
			b.history.plans = append(b.history.plans, planChange{since: since, purchased: rapid.Ptr(rapid.Int64Range(0, 9), true).Draw(t, "bought")})
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

// TestCreditedLines takes back amounts without tax, over the days from the end of the service on.
func TestCreditedLines(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount {
		amount, _ := money.FromMinor("USD", minor)
		return amount
	}
	month := period.Period{Start: begin, End: begin.AddDate(0, 1, 0)}
	bill := pricing.Bill{Currency: "USD", Lines: []pricing.Line{
		{Key: "a", Kind: pricing.LineKindCharge, TaxBehavior: pricing.TaxBehaviorExclusive, Period: month},
		{Key: "b", Kind: pricing.LineKindSeats, TaxBehavior: pricing.TaxBehaviorInclusive, Period: month},
		{Key: "c", Kind: "item", Period: month},
	}}
	note := invoice.Credited{Lines: []invoice.CreditedLine{
		{Key: "a", Amount: usd(100), Tax: usd(20)}, {Key: "b", Amount: usd(120), Tax: usd(20)}, {Key: "c", Amount: usd(1)},
	}}
	later := begin.AddDate(0, 0, 10)
	for name, c := range map[string]struct {
		from  *time.Time
		start time.Time
	}{"by hand": {nil, begin}, "service that ends": {&later, later}, "service that had not begun": {new(begin.AddDate(0, 0, -1)), begin}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			note := note
			note.From = c.from
			rest := period.Period{Start: c.start, End: month.End}
			want := []sharedLine{{amount: usd(-100), period: rest}, {amount: usd(-100), period: rest}}
			if got := creditedLines(bill.Lines, note); !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}
