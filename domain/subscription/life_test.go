package subscription

import (
	"errors"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCancel(t *testing.T) {
	t.Parallel()
	sold(t, CollectionSendInvoice).
		do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
		do(Cancel{When: "period_end"}, "change_unscheduled ending", "cancellation_scheduled 07-01").
		refused(ChangeSeats{Seats: 2}, "invalid_transition").
		at("2026-06-30T23:59:59Z").status(StatusActive).
		at("07-01").status(StatusCanceled).do(Run{}, "canceled requested").do(Run{}).refused(Cancel{When: "now"}, "invalid_transition")
	sold(t, CollectionSendInvoice).
		do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").do(Uncancel{}, "cancellation_revoked").
		refused(Uncancel{}, "invalid_transition").
		at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")

	// Before the period's end it must be said what becomes of the rest.
	settle := func(s Settlement) *Settlement { return &s }
	sold(t, CollectionSendInvoice).at("06-11").
		refused(Cancel{When: "now"}, "settlement_required").
		refused(Cancel{When: "2026-06-21T00:00:00Z"}, "settlement_required").
		refused(Cancel{When: "now", Settlement: settle("x")}, "settlement_invalid").
		refused(Cancel{When: "then"}, "when_invalid").
		refused(Cancel{When: "2026-06-01T00:00:00Z"}, "when_invalid").
		do(Cancel{When: "now", Settlement: settle(SettlementNone)}, "canceled requested")
	sold(t, CollectionSendInvoice).at("06-11").
		do(Cancel{When: "now", Settlement: settle(SettlementCredit)}, "canceled requested", "billed change -20.00")
	sold(t, CollectionSendInvoice).at("06-11").
		do(Cancel{When: "2026-06-21T00:00:00Z", Settlement: settle(SettlementCredit)}, "cancellation_scheduled 06-21").
		at("06-22").do(Run{}, "canceled requested", "billed change -10.00")
	// Before the first payment there is nothing that could go on until then; and what is paused may yet go on.
	(&story{t: t, now: day(2026, 6, 1)}).
		do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic}, "created incomplete", "update_pending create 30.00").
		refused(Cancel{When: "2026-06-21T00:00:00Z"}, "when_invalid").
		do(Cancel{When: "period_end"}, "update_canceled", "canceled requested")
	sold(t, CollectionSendInvoice).do(Pause{}, "paused", "billed change -30.00").
		do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
		do(Uncancel{}, "cancellation_revoked").
		do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
		at("06-21").do(Run{}, "canceled requested")
	sold(t, CollectionSendInvoice).do(Pause{}, "paused", "billed change -30.00").
		do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
		at("06-11").do(Resume{}, "resumed 07-11", "billed change 30.00").
		at("06-21").do(Run{}, "canceled requested", "billed change -20.00")
	// At a later date nothing is cut but the period that it falls into.
	for said, events := range map[*Settlement][]string{
		nil:                      {"canceled requested", "billed change -10.65"},
		settle(SettlementCredit): {"canceled requested", "billed change -10.65"},
		settle(SettlementNone):   {"canceled requested"},
	} {
		sold(t, CollectionSendInvoice).
			do(Cancel{When: "2026-07-21T00:00:00Z", Settlement: said}, "cancellation_scheduled 07-21").
			at("08-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").do(Run{}, events...)
	}
	sold(t, CollectionSendInvoice).do(Cancel{When: "2026-08-01T00:00:00Z"}, "cancellation_scheduled 08-01").
		at("08-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").do(Run{}, "canceled requested")
}

// What is paid back is what was settled beyond the used part, and never more than the money that came.
func TestCancelWithRefund(t *testing.T) {
	t.Parallel()
	refund := SettlementRefund
	for _, tt := range []struct {
		settled, received int64
		want              string
	}{
		{3000, 3000, "billed change -20.00 refund 20.00"},
		{2500, 2500, "billed change -20.00 refund 15.00"},
		{1000, 1000, "billed change -20.00"},
		{0, 0, "billed change -20.00"},
		{3000, 500, "billed change -20.00 refund 5.00"}, // the rest by credit
	} {
		paid := Paid{Invoiced: usd(3000), Settled: usd(tt.settled), Received: usd(tt.received)}
		sold(t, CollectionSendInvoice).at("06-11").
			do(Cancel{When: "now", Settlement: &refund, Paid: &paid}, "canceled requested", tt.want)
	}
	// 6: of 9000 with tax 7500 are paid, and 7 days of 2500 and 500 are unused.
	yen := func(minor int64) money.Amount {
		amount, err := money.FromMinor("JPY", minor)
		if err != nil {
			t.Fatal(err)
		}
		return amount
	}
	plan := with(pro, func(t *pricing.Terms) { t.Currency, t.UnitAmount, t.TaxRate, t.MinSeats = "JPY", "10000", "0.2", 1 })
	(&story{t: t}).at("2025-02-08T00:00:00Z").
		do(Create{ID: "s", Price: plan.Price, Terms: plan, Seats: 1, Collection: CollectionSendInvoice, BillingAnchor: new("2025-03-01")},
			"created active", "billed create 7500").at("2025-02-22T00:00:00Z").
		do(Cancel{When: "now", Settlement: &refund, Paid: &Paid{Invoiced: yen(9000), Settled: yen(7500), Received: yen(7500)}},
			"canceled requested", "billed change -2500 refund 1500")
	s := sold(t, CollectionSendInvoice)
	if _, err := Decide(s.state, Cancel{Billing: bill1, When: "now", Settlement: &refund}, domain.Meta{Now: s.now}); !errors.Is(err, errIncomplete) {
		t.Errorf("without what is paid: %v", err)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice).at("06-11").
		do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
		do(Pause{}, "change_unscheduled paused", "paused", "billed change -20.00").
		actions(ActionCancel, ActionResume, ActionChangeCollection, ActionApplyDiscount).
		refused(Upgrade{Terms: business}, "invalid_transition")
	if s.state.AdmitsSeats() || !s.state.Entitled() {
		t.Errorf("paused, but %+v", s.state)
	}
	unchanged, wrong := ResumeUnchanged, ResumeAnchor("x")
	s.at("07-16").do(Run{}).refused(Resume{Anchor: &wrong}, "anchor_invalid")
	now := *s
	// The rest of July 1 to 31, and then the periods go on as they would have.
	s.do(Resume{Anchor: &unchanged}, "resumed 08-01", "billed change 15.48").
		at("08-01").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00")
	now.do(Resume{}, "resumed 08-16", "billed change 30.00").
		at("08-16").do(Run{}, "renewed 08-16 09-16", "billed renewal 30.00")

	// Where money is collected it stays paused until that came.
	sold(t, CollectionAutomatic).at("06-11").do(Pause{}, "paused", "billed change -20.00").
		do(Resume{}, "update_pending resume 30.00").status(StatusPaused).
		at("2026-06-11T23:00:00Z").do(Run{}, "update_expired").status(StatusPaused).
		do(Resume{}, "update_pending resume 30.00").do(Complete{Invoice: "i6"}, "resumed 07-11", "update_applied").
		status(StatusActive)
	sold(t, CollectionSendInvoice).at("06-11").do(Pause{}, "paused", "billed change -20.00").
		do(Cancel{When: "period_end"}, "canceled requested")
	// Paused and resumed at once is as if nothing had been.
	sold(t, CollectionSendInvoice).at("06-11").do(Pause{}, "paused", "billed change -20.00").
		do(Resume{Anchor: &unchanged}, "resumed 07-01", "billed change 20.00")
}

func TestPastDue(t *testing.T) {
	t.Parallel()
	// The renewal's invoice is i2: it is due at once, and money may take 23 hours.
	renewed := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
		do(Settle{Invoice: "other"}).at("2026-07-01T22:59:59Z").do(Run{}).status(StatusActive).
		at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due").do(Run{}).status(StatusPastDue)
	owed := renewed.state.Owed[0].Invoice
	renewed.
		refused(Upgrade{Terms: business}, "payment_past_due").
		refused(ChangeSeats{Seats: 4}, "payment_past_due").
		refused(Pause{}, "invalid_transition").
		do(Settle{Invoice: owed}, "invoice_settled", "recovered").do(Settle{Invoice: owed}).status(StatusActive).
		do(Restrict{}).
		// Two that are overdue must both be paid.
		at("08-01").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00").
		at("08-02").do(Run{}, "became_past_due").do(Restrict{}, "restricted").
		refused(Upgrade{Terms: business}, "payment_past_due").
		at("09-01").do(Run{}, "renewed 09-01 10-01", "billed renewal 30.00").status(StatusRestricted).
		at("09-02").do(Run{}, "became_past_due").status(StatusRestricted)
	first, second := renewed.state.Owed[0].Invoice, renewed.state.Owed[1].Invoice
	renewed.do(Settle{Invoice: second}, "invoice_settled").status(StatusRestricted).
		do(Settle{Invoice: first}, "invoice_settled", "recovered").status(StatusActive).
		at("10-01").do(Run{}, "renewed 10-01 11-01", "billed renewal 30.00").at("10-02").do(Run{}, "became_past_due").
		do(Cancel{When: "now", Unpaid: true}, "canceled unpaid")
	// Nobody waits for invoices that are sent.
	sold(t, CollectionSendInvoice).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
		at("07-31").do(Run{}).status(StatusActive)
	// Paid in time, nothing happens.
	paid := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
	paid.do(Settle{Invoice: paid.state.Owed[0].Invoice}, "invoice_settled").at("07-31").do(Run{})
}

func TestCollection(t *testing.T) {
	t.Parallel()
	sold(t, CollectionSendInvoice).
		do(ChangeCollection{Collection: CollectionSendInvoice}).
		do(ChangeCollection{Collection: CollectionAutomatic}, "collection_changed").
		at("06-11").do(ChangeSeats{Seats: 6}, "update_pending seats 20.00").
		refused(ChangeCollection{Collection: CollectionSendInvoice}, "change_in_progress").
		do(CancelPendingUpdate{}, "update_canceled").
		refused(ChangeCollection{Collection: "x"}, "collection_invalid").
		refused(ChangeCollection{Collection: CollectionAutomatic, PaymentMethod: new("pm")}, "payment_method_not_found").
		do(ChangeCollection{Collection: CollectionSendInvoice, DaysUntilDue: new(7)}, "collection_changed").
		do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 20.00")
}

func TestDiscount(t *testing.T) {
	t.Parallel()
	totals := func(s *story, want ...string) {
		t.Helper()
		for i, total := range want {
			s.now = s.state.CurrentPeriod.End
			events, err := Decide(s.state, Run{Billing: bill1}, domain.Meta{Now: s.now})
			if err != nil || len(events) != 2 || events[1].(Billed).Bill.Total.Plain() != total {
				t.Fatalf("renewal %d: %+v, %v, want %s", i, events, err, total)
			}
			for _, event := range events {
				s.state = Evolve(s.state, event)
			}
		}
	}
	twice := pricing.Discount{Coupon: "twice", PercentOff: "10", Duration: pricing.DurationPeriods, Periods: 2}
	ever := pricing.Discount{Coupon: "ever", AmountOff: new(usd(500)), Duration: pricing.DurationForever}
	totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied"), "15.00", "30.00")
	totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "twice", Discount: &twice}, "discount_applied"), "27.00", "27.00", "30.00")
	totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "ever", Discount: &ever}, "discount_applied"), "25.00", "25.00", "25.00")
	totals(sold(t, CollectionSendInvoice).do(ApplyDiscount{Coupon: "half", Discount: &half}, "discount_applied").
		do(RemoveDiscount{}, "discount_removed"), "30.00")
	// Another coupon begins with the next period, and until then a change is charged as what it ends was.
	create := Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice, Coupon: new("half"), Discount: &half}
	replaced := (&story{t: t, now: day(2026, 6, 1)}).do(create, "created active", "billed create 30.00").
		do(ApplyDiscount{Coupon: "twice", Discount: &twice}, "discount_applied").at("06-16")
	if bill := replaced.preview(Proposal{Terms: &business}).Bill; bill.Total.Plain() != "7.50" || bill.Discount.Plain() != "15.00" {
		t.Errorf("bill %+v", bill)
	}
	totals(replaced, "27.00", "27.00", "30.00")
	sold(t, CollectionSendInvoice).refused(RemoveDiscount{}, "no_discount").
		refused(ApplyDiscount{Coupon: "x"}, "coupon_not_found").
		refused(ApplyDiscount{Coupon: "e", Discount: euroOff()}, "currency_mismatch")

	// It goes with the charges of its period, credits and all.
	s := (&story{t: t, now: day(2026, 6, 1)}).do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3,
		Collection: CollectionSendInvoice, Coupon: new("half"), Discount: &half}, "created active", "billed create 30.00").
		at("06-16").do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -7.50 30.00")
	if line := s.state.InForce[0].Line; line.Discount.Plain() != "15.00" {
		t.Errorf("line %+v", line)
	}
	totals(s, "60.00")
}

// What a credit note took back of a line in force is not credited again.
func TestCreditLines(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice)
	key := s.state.InForce[0].Line.Key
	s.do(CreditLines{Lines: []CreditedLine{{Key: "gone", Amount: usd(1), Tax: usd(0)}}}).
		do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "lines_credited").
		do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -25.00 60.00")
	key = s.state.InForce[0].Line.Key
	s.do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(9000), Tax: usd(1)}}}, "lines_credited").
		do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(1), Tax: usd(0)}}}).
		do(Pause{}, "paused")

	// Money that comes after a write-off makes it possible again, but for no more than was taken back.
	late := sold(t, CollectionSendInvoice)
	key = late.state.InForce[0].Line.Key
	late.do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(3000), Tax: usd(0)}}}, "lines_credited").
		do(RestoreLines{Lines: []CreditedLine{{Key: "gone", Amount: usd(1), Tax: usd(0)}, {Key: key, Amount: usd(1000), Tax: usd(0)}}}, "lines_credited").
		do(RestoreLines{Lines: []CreditedLine{{Key: key, Amount: usd(9000), Tax: usd(0)}}}, "lines_credited").
		do(RestoreLines{Lines: []CreditedLine{{Key: key, Amount: usd(1), Tax: usd(0)}}}).
		at("06-16").do(Pause{}, "paused", "billed change -15.00")

	// An update that would credit such a line was priced on what is not so any more.
	waiting := sold(t, CollectionAutomatic)
	key = waiting.state.InForce[0].Line.Key
	waiting.do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").
		do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "lines_credited").
		do(CancelPendingUpdate{}, "update_canceled").
		do(Upgrade{Terms: business}, "update_pending upgrade -25.00 60.00").
		do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "update_canceled", "lines_credited")
}

// A late runner gives the events of a punctual one, one deadline after the other, and running again gives none.
func TestRunLate(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").at("2026-09-15T10:00:00Z")
	if _, err := Decide(s.state, Upgrade{Terms: business}, domain.Meta{Now: s.now}); !errors.Is(err, ErrDue) {
		t.Errorf("before what is due: %v", err)
	}
	s.do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00").
		do(Run{}, "renewed 08-01 09-01", "billed renewal 15.00").
		do(Run{}, "renewed 09-01 10-01", "billed renewal 15.00").do(Run{}).do(Run{})
	// Further back only with an operator.
	sold(t, CollectionSendInvoice).at("2027-01-01T00:00:00Z").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
		at("2027-02-02T00:00:00Z").refused(Run{}, "too_far_behind").
		do(Run{Operator: true}, "renewed 08-01 09-01", "billed renewal 30.00")
	if deadline, ok := (State{}).NextDeadline(); ok {
		t.Errorf("deadline %+v of nothing", deadline)
	}
	deadline, _ := sold(t, CollectionSendInvoice).state.NextDeadline()
	if got := deadline.Key("s"); got != "s/renewal/2026-07-01T00:00:00Z" {
		t.Errorf("key %s", got)
	}
	if _, err := Decide(s.state, Run{}, domain.Meta{Now: s.now.Add(365 * 24 * time.Hour)}); err == nil {
		t.Error("billed without an invoice")
	}
}
