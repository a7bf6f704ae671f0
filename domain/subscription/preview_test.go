package subscription

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

func (s *story) preview(p Proposal) Preview {
	s.t.Helper()
	p.Billing = Billing{Change: "q", Credit: p.Credit}
	preview, err := PreviewChange(s.state, p, s.now)
	if err != nil {
		s.t.Fatalf("preview at %v: %v", s.now, err)
	}
	return preview
}

func TestPreview(t *testing.T) {
	t.Parallel()
	begun := func(t *testing.T) *story { return sold(t, CollectionSendInvoice).at("2026-06-11T10:00:00Z") }
	t.Run("an upgrade", func(t *testing.T) {
		t.Parallel()
		s := begun(t)
		got := s.preview(Proposal{Terms: &business, Version: 2, Billing: Billing{Credit: usd(500)}})
		want := Quote{Change: "q", Version: 2, Price: business.Price, Seats: 3, AsOf: s.now, ExpiresAt: s.now.Add(time.Hour)}
		if *got.Quote != want || got.Bill.Total.Plain() != "20.00" || got.CreditApplied.Plain() != "5.00" || got.AmountDue.Plain() != "15.00" {
			t.Errorf("preview %+v with quote %+v", got, got.Quote)
		}
	})
	t.Run("more seats", func(t *testing.T) {
		t.Parallel()
		if got := begun(t).preview(Proposal{Seats: new(int64(6))}); got.AmountDue.Plain() != "20.00" || got.Quote.Seats != 6 {
			t.Errorf("%+v", got)
		}
	})
	two := new(int64(2))
	for name, test := range map[string]struct {
		proposal Proposal
		total    string
	}{
		"a downgrade":            {Proposal{Terms: &basic}, "15.00"},
		"fewer seats":            {Proposal{Seats: two}, "20.00"},
		"a downgrade with seats": {Proposal{Terms: &basic, Seats: two}, "10.00"},
		"the present seats":      {Proposal{Seats: new(int64(3))}, "30.00"},
	} {
		t.Run(name+", which waits for the renewal", func(t *testing.T) {
			t.Parallel()
			test.proposal.Credit = usd(500)
			got := begun(t).preview(test.proposal)
			if got.AmountDue.Sign() != 0 || got.CreditApplied.Sign() != 0 || got.Bill.Total.Plain() != test.total || !got.EffectiveAt.Equal(day(2026, 7, 1)) {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("fewer seats beside a lower price that waits, and the price beside the seats", func(t *testing.T) {
		t.Parallel()
		price := begun(t).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").preview(Proposal{Seats: two})
		seats := begun(t).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").preview(Proposal{Terms: &basic})
		inUse := begun(t).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").preview(Proposal{Terms: &basic, SeatsAtEnd: 3})
		if price.Bill.Total.Plain() != "10.00" || seats.Bill.Total.Plain() != "10.00" || inUse.Bill.Total.Plain() != "15.00" {
			t.Errorf("%+v\n%+v\n%+v", price, seats, inUse)
		}
	})
	t.Run("an upgrade that begins a period, with the seats that wait", func(t *testing.T) {
		t.Parallel()
		s := begun(t).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01")
		got := s.preview(Proposal{Terms: &proYear, Version: 3})
		if got.Quote.Seats != 2 || got.Bill.Total.Plain() != "180.00" {
			t.Errorf("%+v with quote %+v", got, got.Quote)
		}
		s.refused(Upgrade{Terms: proYear, Quote: got.Quote, Version: 3, SeatsInUse: 3}, "quote_stale").
			do(Upgrade{Terms: proYear, Quote: got.Quote, Version: 3}, "change_unscheduled superseded", "upgraded pro-yearly",
				"seats_changed 2", "billed change -20.00 200.00")
	})
	t.Run("an upgrade to less leaves credit, as its invoice will say", func(t *testing.T) {
		t.Parallel()
		cheap := with(business, func(t *pricing.Terms) { t.UnitAmount = "1.00" })
		got := begun(t).preview(Proposal{Terms: &cheap, Billing: Billing{Credit: usd(500)}})
		if got.CreditApplied.Plain() != "-18.00" || got.AmountDue.Sign() != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("at a time", func(t *testing.T) {
		t.Parallel()
		later := day(2026, 6, 21)
		if got := begun(t).preview(Proposal{Terms: &business, At: &later}); got.Quote != nil || got.Bill.Total.Plain() != "10.00" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("in a trial", func(t *testing.T) {
		t.Parallel()
		got := tried(t, AtEndFree).preview(Proposal{Terms: &business})
		if got.AmountDue.Sign() != 0 || !got.EffectiveAt.Equal(day(2026, 6, 1)) {
			t.Errorf("%+v", got)
		}
	})
}

func TestPreviewIsRefused(t *testing.T) {
	t.Parallel()
	begun := sold(t, CollectionSendInvoice).at("2026-06-11T10:00:00Z")
	ended := begun.state.withEnd(StatusCanceled, begun.now)
	for name, test := range map[string]struct {
		state    State
		proposal Proposal
		code     string
	}{
		"at another time":                      {begun.state, Proposal{Terms: &business, At: new(day(2026, 7, 1))}, "at_invalid"},
		"of nothing":                           {begun.state, Proposal{}, "nothing_to_preview"},
		"of the same price":                    {begun.state, Proposal{Terms: &pro}, "no_change"},
		"of two changes":                       {begun.state, Proposal{Terms: &business, Seats: new(int64(6))}, "one_change"},
		"of a downgrade and more":              {begun.state, Proposal{Terms: &basic, Seats: new(int64(4))}, "seats_out_of_range"},
		"of a downgrade and fewer than in use": {begun.state, Proposal{Terms: &basic, Seats: new(int64(2)), SeatsInUse: 3}, "seats_in_use"},
		"of too few seats":                     {begun.state, Proposal{Seats: new(int64(1))}, "seats_out_of_range"},
		"of another currency":                  {begun.state, Proposal{Terms: new(with(business, func(t *pricing.Terms) { t.Currency = "EUR" }))}, "currency_mismatch"},
		"of a price for nobody":                {State{}, Proposal{Terms: &pricing.Terms{}}, "no_subscription"},
		"of seats for nobody":                  {State{}, Proposal{Seats: new(int64(6))}, "no_subscription"},
		"of nothing for nobody":                {State{}, Proposal{}, "no_subscription"},
		"of a price after the end":             {ended, Proposal{Terms: &ended.Terms}, "invalid_transition"},
		"of seats after the end":               {ended, Proposal{Seats: new(int64(6))}, "invalid_transition"},
		"of nothing after the end":             {ended, Proposal{}, "invalid_transition"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := PreviewChange(test.state, test.proposal, begun.now)
			if rejection, ok := errors.AsType[*domain.Rejection](err); !ok || rejection.Code != test.code {
				t.Errorf("%v, want %s", err, test.code)
			}
		})
	}
	t.Run("when something is due", func(t *testing.T) {
		t.Parallel()
		if _, err := PreviewChange(begun.state, Proposal{}, day(2026, 7, 1)); !errors.Is(err, ErrDue) {
			t.Errorf("%v", err)
		}
	})
}

func TestQuote(t *testing.T) {
	t.Parallel()
	begun := func(t *testing.T) *story { return sold(t, CollectionSendInvoice).at("2026-06-11T23:30:00Z") }
	t.Run("is for one change of one state", func(t *testing.T) {
		t.Parallel()
		s := begun(t)
		quote := s.preview(Proposal{Terms: &business, Version: 2}).Quote
		seats := s.preview(Proposal{Seats: new(int64(6)), Version: 2}).Quote
		s.refused(ChangeSeats{Seats: 6, Quote: quote, Version: 2}, "quote_mismatch").
			refused(Upgrade{Terms: business, Quote: seats, Version: 2}, "quote_mismatch").
			refused(ChangeSeats{Seats: 7, Quote: seats, Version: 2}, "quote_mismatch").
			refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Price = "x" }), Quote: quote, Version: 2}, "quote_mismatch").
			refused(Upgrade{Terms: business, Quote: quote, Version: 3}, "quote_stale").
			at("2026-06-12T00:30:00Z").refused(Upgrade{Terms: business, Quote: quote, Version: 2}, "quote_expired")
	})
	t.Run("is as of its day on the next day, and of its change", func(t *testing.T) {
		t.Parallel()
		s := begun(t)
		quote := s.preview(Proposal{Terms: &business, Version: 2}).Quote
		s.at("2026-06-12T00:29:00Z").do(Upgrade{Terms: business, Quote: quote, Version: 2}, "upgraded business-monthly", "billed change -20.00 40.00")
		if got := s.state.InForce[0].Line.Key; got != "s/seats/q/20260611T233000Z/charge" {
			t.Errorf("line %s", got)
		}
	})
	t.Run("never outlives the period", func(t *testing.T) {
		t.Parallel()
		quote := sold(t, CollectionSendInvoice).at("2026-06-30T23:30:00Z").preview(Proposal{Seats: new(int64(6))}).Quote
		if !quote.ExpiresAt.Equal(day(2026, 7, 1)) {
			t.Errorf("expires %v", quote.ExpiresAt)
		}
	})
}

func TestUpcoming(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		story *story
		want  string
	}{
		"as it is": {sold(t, CollectionSendInvoice), "30.00"},
		"waiting":  {sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01"), "15.00"},
		"fewer":    {sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01"), "20.00"},
		"discount": {sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied"), "15.00"},
		"unpaid":   {sold(t, CollectionAutomatic).do(Upgrade{Terms: business}, "update_pending upgrade -30.00 60.00"), "30.00"},
		"owed":     {sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00"), "30.00"},
		"trial":    {tried(t, AtEndFree), ""},
		"to be":    {tried(t, AtEndFree).do(ConvertTrial{Anchor: new(ConvertTrialEnd)}, "conversion_scheduled"), "30.00"},
		"ending":   {sold(t, CollectionSendInvoice).do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01"), ""},
		"paused":   {sold(t, CollectionSendInvoice).do(Pause{}, "paused", "taken_back credit -30.00"), ""},
		"nothing":  {&story{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bill, period, ok, err := tt.story.state.Upcoming(2, false)
			if err != nil || ok != (tt.want != "") || ok && (bill.Total.Plain() != tt.want || period.End.Before(period.Start)) {
				t.Errorf("%+v, %v, %v, want %s", bill, ok, err, tt.want)
			}
		})
	}
	t.Run("trial with a payment method", func(t *testing.T) {
		t.Parallel()
		if bill, _, ok, err := tried(t, AtEndFree).state.Upcoming(2, true); !ok || err != nil || bill.Total.Plain() != "30.00" {
			t.Errorf("%+v, %v, %v", bill, ok, err)
		}
	})
}

// Whatever is previewed is what is executed by the quote, to the last byte of each line, whenever that is within the
// quote's life.
func TestPreviewIsExecution(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(1_500_000_000_000_000, 2_300_000_000_000_000).Draw(t, "at")).UTC()
		bought := with(drawTerms(t), func(t *pricing.Terms) { t.Tier = 1 })
		events, err := Decide(State{}, Create{Billing: bill1, ID: "s", Terms: bought, Seats: 3, Collection: CollectionSendInvoice,
			TimeZone: new(rapid.SampledFrom([]string{"UTC", "Europe/Berlin"}).Draw(t, "zone"))}, domain.Meta{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		state := State{}
		for _, event := range events {
			state = Evolve(state, event)
		}
		state = Evolve(state, InvoiceSettled{Invoice: bill1.Invoice})
		left := state.CurrentPeriod.End.Sub(at).Microseconds()
		asked := at.Add(time.Duration(rapid.Int64Range(0, left-1).Draw(t, "asked")) * time.Microsecond)
		better := with(drawTerms(t), func(t *pricing.Terms) { t.Price, t.Tier = "better", 2 })
		seats := rapid.Int64Range(4, 20).Draw(t, "seats")
		proposal, byPrice := Proposal{Terms: &better, Version: 2, Billing: Billing{Change: "q"}}, rapid.Bool().Draw(t, "price")
		if !byPrice {
			proposal.Terms, proposal.Seats = nil, &seats
		}
		preview, err := PreviewChange(state, proposal, asked)
		if err != nil {
			t.Fatal(err)
		}
		life := preview.Quote.ExpiresAt.Sub(asked).Microseconds()
		then := asked.Add(time.Duration(rapid.Int64Range(0, life-1).Draw(t, "then")) * time.Microsecond)
		var command Command = Upgrade{Billing: bill1, Terms: better, Quote: preview.Quote, Version: 2}
		if !byPrice {
			command = ChangeSeats{Billing: bill1, Seats: seats, Quote: preview.Quote, Version: 2}
		}
		if events, err = Decide(state, command, domain.Meta{Now: then}); err != nil {
			t.Fatal(err)
		}
		if billed := events[len(events)-1].(Billed); !reflect.DeepEqual(billed.Bill, preview.Bill) {
			t.Fatalf("quoted %+v, billed %+v", preview.Bill, billed.Bill)
		}
	})
}
