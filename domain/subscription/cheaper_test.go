package subscription

import (
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Four seats of bulk cost 32.00, five 20.00, nine 18.00.
var bulk = with(terms("bulk-monthly", 20, period.IntervalMonth, ""), func(t *pricing.Terms) {
	t.Scheme, t.MinSeats = pricing.SchemeVolume, 1
	t.Tiers = []pricing.Bracket{
		{UpTo: new(int64(4)), UnitAmount: "8.00", FlatAmount: "0.00"}, {UpTo: new(int64(8)), UnitAmount: "4.00", FlatAmount: "0.00"},
		{UnitAmount: "2.00", FlatAmount: "0.00"},
	}
})

// left expects what is left of the line in force with this index.
func (s *story) left(line int, amount, tax int64) *story {
	s.t.Helper()
	if base, of := s.state.InForce[line].Left(); !base.Equal(usd(amount)) || !of.Equal(usd(tax)) {
		s.t.Fatalf("%v and %v of tax are left of line %d, want %v and %v", base, of, line, usd(amount), usd(tax))
	}
	return s
}

// TestSeatsThatMakeThePlanCheaper: more seats lower the charges in force, which knows of that whatever is taken back of it.
func TestSeatsThatMakeThePlanCheaper(t *testing.T) {
	t.Parallel()
	four := func(t *testing.T, terms pricing.Terms) *story {
		s := &story{t: t, now: day(2026, 6, 1)}
		return s.do(Create{ID: "s", Price: terms.Price, Terms: terms, Seats: 4, Collection: CollectionSendInvoice}, "created active", "billed create 32.00")
	}
	five := func(t *testing.T) *story {
		return four(t, bulk).do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change -12.00").left(0, 2000, 0)
	}
	note := func(s *story, minor int64) *story {
		return s.do(CreditLines{Lines: []CreditedLine{{Key: s.state.InForce[0].Line.Key, Amount: usd(minor), Tax: usd(0)}}}, "lines_credited")
	}
	end := Cancel{When: "now", Settlement: new(SettlementCredit)}
	t.Run("both are taken back together", func(t *testing.T) {
		t.Parallel()
		five(t).at("06-16").do(end, "canceled requested", "taken_back credit -16.00 6.00")
	})
	t.Run("at most what is left", func(t *testing.T) {
		t.Parallel()
		note(five(t), 1500).left(0, 500, 0).at("06-16").do(end, "canceled requested", "taken_back credit -11.00 6.00")
	})
	t.Run("and nothing where nothing is", func(t *testing.T) {
		t.Parallel()
		note(five(t), 3200).left(0, 0, 0).at("06-16").do(end, "canceled requested")
		note(five(t), 2000).at("06-16").do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change 50.00")
	})
	t.Run("after a note", func(t *testing.T) {
		t.Parallel()
		note(four(t, bulk), 2500).do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change -7.00").left(0, 0, 0)
	})
	t.Run("to an edge and over the next", func(t *testing.T) {
		t.Parallel()
		five(t).do(ChangeSeats{Seats: 8}, "seats_changed 8", "billed change 12.00").
			do(ChangeSeats{Seats: 9}, "seats_changed 9", "billed change -14.00").left(0, 600, 0).left(2, 1200, 0).
			at("06-16").do(end, "canceled requested", "taken_back credit -16.00 6.00 7.00 -6.00")
	})
	t.Run("of charges with different taxes", func(t *testing.T) {
		t.Parallel()
		taxed := with(bulk, func(t *pricing.Terms) { t.TaxRate = "0.2" })
		s := four(t, taxed).do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change -12.00").left(0, 2000, 400)
		s.state = s.state.Taxed(&pricing.Tax{Treatment: pricing.TaxExempt})
		s.do(ChangeSeats{Seats: 8}, "seats_changed 8", "billed change 12.00")
		s.state = s.state.Taxed(nil)
		s.do(ChangeSeats{Seats: 9}, "seats_changed 9", "billed change -14.00").left(0, 600, 120).left(2, 1200, 0).
			do(ChangeSeats{Seats: 10}, "seats_changed 10", "billed change 2.00")
	})
}

// TestSeatsOfEarlierReleases: their lines do not name the charges that they lower, and lower them all the same.
func TestSeatsOfEarlierReleases(t *testing.T) {
	t.Parallel()
	s := &story{t: t, now: day(2026, 6, 1)}
	s.do(Create{ID: "s", Price: bulk.Price, Terms: bulk, Seats: 4, Collection: CollectionSendInvoice}, "created active", "billed create 32.00")
	events, err := Decide(s.state, ChangeSeats{Billing: Billing{Change: "c2", Invoice: "i2"}, Seats: 5}, domain.Meta{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		if billed, ok := event.(Billed); ok {
			billed.Bill.Lines[0].Lowers = nil
		}
		s.state = Evolve(s.state, event)
	}
	s.left(0, 2000, 0)
	want := []Proration{{Invoice: "i1", Lines: []CreditedLine{{Key: s.state.InForce[0].Line.Key, Amount: usd(1200), Tax: usd(0)}}}}
	told := func(s State, amount int64) {
		t.Helper()
		want[0].Lines[0].Amount = usd(amount)
		if got := s.ToTell("i1"); len(got) != 1 || got[0].By != "i2" || !reflect.DeepEqual(got[0].Prorations(), want) {
			t.Errorf("untold %+v", got)
		}
	}
	told(s.state, 1200)
	update, err := s.state.upgradeUpdate(business, 5, "c3", day(2026, 6, 16))
	if err != nil {
		t.Fatal(err)
	}
	for i := range update.Bill.Lines {
		update.Bill.Lines[i].Lowers = nil // as it waits for money since that release
	}
	prorated := []Proration{
		{Invoice: "i1", Lines: []CreditedLine{{Key: s.state.InForce[0].Line.Key, Amount: usd(1000), Tax: usd(0)}}},
		{Invoice: "i2", Lines: []CreditedLine{{Key: s.state.InForce[1].Line.Key, Amount: usd(-600), Tax: usd(0)}}},
	}
	if got := s.state.Prorations(update.Bill); !reflect.DeepEqual(got, prorated) {
		t.Errorf("prorations %+v", got)
	}
	told(s.state.withBill(update.Bill, "i3"), 600) // after that release carried it out
	if got := s.state.withBill(update.Bill, "i3").ToTell("i9"); got != nil {
		t.Errorf("other invoices are told %+v", got)
	}
	s.at("06-16").do(Cancel{When: "now", Settlement: new(SettlementCredit)}, "canceled requested", "taken_back credit -16.00 6.00")
}
