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
	s := sold(t, CollectionSendInvoice).at("2026-06-11T10:00:00Z")
	got := s.preview(Proposal{Terms: &business, Version: 2, Billing: Billing{Credit: usd(500)}})
	want := Quote{Change: "q", Version: 2, Price: business.Price, Seats: 3, AsOf: s.now, ExpiresAt: s.now.Add(time.Hour)}
	if *got.Quote != want || got.Bill.Total.Plain() != "20.00" || got.CreditApplied.Plain() != "5.00" || got.AmountDue.Plain() != "15.00" {
		t.Errorf("preview %+v with quote %+v", got, got.Quote)
	}
	if got := s.preview(Proposal{Seats: new(int64(6))}); got.AmountDue.Plain() != "20.00" || got.Quote.Seats != 6 {
		t.Errorf("seats: %+v", got)
	}
	for _, p := range []Proposal{{Terms: &basic}, {Seats: new(int64(2))}} {
		if got := s.preview(p); got.AmountDue.Sign() != 0 || len(got.Bill.Lines) > 0 || !got.EffectiveAt.Equal(day(2026, 7, 1)) {
			t.Errorf("what waits: %+v", got)
		}
	}
	// What is cheaper and comes at once leaves credit, which is what its invoice will say.
	cheap := with(business, func(t *pricing.Terms) { t.UnitAmount = "1.00" })
	if got := s.preview(Proposal{Terms: &cheap, Billing: Billing{Credit: usd(500)}}); got.CreditApplied.Plain() != "-18.00" || got.AmountDue.Sign() != 0 {
		t.Errorf("cheaper: %+v", got)
	}
	later := day(2026, 6, 21)
	if got := s.preview(Proposal{Terms: &business, At: &later}); got.Quote != nil || got.Bill.Total.Plain() != "10.00" {
		t.Errorf("at a time: %+v", got)
	}
	if got := tried(t, AtEndFree).preview(Proposal{Terms: &business}); got.AmountDue.Sign() != 0 || !got.EffectiveAt.Equal(day(2026, 6, 1)) {
		t.Errorf("in a trial: %+v", got)
	}
	for code, p := range map[string]Proposal{
		"at_invalid":         {Terms: &business, At: new(day(2026, 7, 1))},
		"nothing_to_preview": {},
		"no_change":          {Terms: &pro},
		"one_change":         {Terms: &business, Seats: new(int64(6))},
		"seats_out_of_range": {Seats: new(int64(1))},
		"currency_mismatch":  {Terms: new(with(business, func(t *pricing.Terms) { t.Currency = "EUR" }))},
	} {
		_, err := PreviewChange(s.state, p, s.now)
		var rejection *domain.Rejection
		if !errors.As(err, &rejection) || rejection.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	for code, none := range map[string]State{"no_subscription": {}, "invalid_transition": s.state.withEnd(StatusCanceled, s.now)} {
		for _, p := range []Proposal{{Terms: &none.Terms}, {Seats: new(int64(6))}, {}} {
			_, err := PreviewChange(none, p, s.now)
			var rejection *domain.Rejection
			if !errors.As(err, &rejection) || rejection.Code != code {
				t.Errorf("of nothing: %v, want %s", err, code)
			}
		}
	}
	if _, err := PreviewChange(s.state, Proposal{}, day(2026, 7, 1)); !errors.Is(err, ErrDue) {
		t.Errorf("late: %v", err)
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice).at("2026-06-11T23:30:00Z")
	quote := s.preview(Proposal{Terms: &business, Version: 2}).Quote
	seats := s.preview(Proposal{Seats: new(int64(6)), Version: 2}).Quote
	s.refused(ChangeSeats{Seats: 6, Quote: quote, Version: 2}, "quote_mismatch").
		refused(Upgrade{Terms: business, Quote: seats, Version: 2}, "quote_mismatch").
		refused(ChangeSeats{Seats: 7, Quote: seats, Version: 2}, "quote_mismatch").
		refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Price = "x" }), Quote: quote, Version: 2}, "quote_mismatch").
		refused(Upgrade{Terms: business, Quote: quote, Version: 3}, "quote_stale").
		at("2026-06-12T00:30:00Z").refused(Upgrade{Terms: business, Quote: quote, Version: 2}, "quote_expired")
	// On the next day still priced as of the day before, and by the quote's change.
	s.at("2026-06-12T00:29:00Z").do(Upgrade{Terms: business, Quote: quote, Version: 2}, "upgraded business-monthly", "billed change -20.00 40.00")
	if got := s.state.InForce[0].Line.Key; got != "s/seats/q/20260611T233000Z/charge" {
		t.Errorf("line %s", got)
	}
	// A quote never outlives the period.
	if quote := s.at("2026-06-30T23:30:00Z").preview(Proposal{Seats: new(int64(6))}).Quote; !quote.ExpiresAt.Equal(day(2026, 7, 1)) {
		t.Errorf("expires %v", quote.ExpiresAt)
	}
}

func TestUpcoming(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		story *story
		want  string
	}{
		"as it is": {sold(t, CollectionSendInvoice), "30.00"},
		"waiting":  {sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01"), "15.00"},
		"fewer":    {sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01"), "20.00"},
		"discount": {sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied"), "15.00"},
		"unpaid":   {sold(t, CollectionAutomatic).do(Upgrade{Terms: business}, "update_pending upgrade -30.00 60.00"), "30.00"},
		"owed":     {sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00"), "30.00"},
		"trial":    {tried(t, AtEndFree), ""},
		"to be":    {tried(t, AtEndFree).do(ConvertTrial{Anchor: new(ConvertTrialEnd)}, "conversion_scheduled"), "30.00"},
		"ending":   {sold(t, CollectionSendInvoice).do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01"), ""},
		"paused":   {sold(t, CollectionSendInvoice).do(Pause{}, "paused", "billed change -30.00"), ""},
		"nothing":  {&story{}, ""},
	} {
		bill, period, ok, err := tt.story.state.Upcoming(2, false)
		if err != nil || ok != (tt.want != "") || ok && (bill.Total.Plain() != tt.want || period.End.Before(period.Start)) {
			t.Errorf("%s: %+v, %v, %v, want %s", name, bill, ok, err, tt.want)
		}
	}
	if bill, _, ok, err := tried(t, AtEndFree).state.Upcoming(2, true); !ok || err != nil || bill.Total.Plain() != "30.00" {
		t.Errorf("trial with a payment method: %+v, %v, %v", bill, ok, err)
	}
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
