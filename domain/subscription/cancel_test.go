package subscription

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("at the period's end", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
			do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").
			refused(ChangeSeats{Seats: 2}, "invalid_transition").
			at("2026-06-30T23:59:59Z").status(StatusActive).
			at("07-01").status(StatusCanceled).do(Run{}, "change_unscheduled ending", "canceled requested").do(Run{}).refused(Cancel{When: "now"}, "invalid_transition")
	})
	t.Run("and go on", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").do(Uncancel{}, "cancellation_revoked").
			refused(Uncancel{}, "invalid_transition").
			at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
	})

	// Before the period's end it must be said what becomes of the rest.
	settle := func(s Settlement) *Settlement { return &s }
	t.Run("must say what becomes of the rest", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			refused(Cancel{When: "now"}, "settlement_required").
			refused(Cancel{When: "2026-06-21T00:00:00Z"}, "settlement_required").
			refused(Cancel{When: "now", Settlement: settle("x")}, "settlement_invalid").
			refused(Cancel{When: "then"}, "when_invalid").
			refused(Cancel{When: "9999-12-31T23:59:59-23:59"}, "when_invalid").
			refused(Cancel{When: "2201-01-01T00:00:00Z"}, "when_invalid").
			refused(Cancel{When: "2199-01-01T1:00:00Z"}, "when_invalid").
			refused(Cancel{When: "2199-01-01T01:00:00,5Z"}, "when_invalid").
			refused(Cancel{When: "2199-01-01T01:00:00+23:60"}, "when_invalid").
			refused(Cancel{When: "2199-01-01T01:00:00.0000001Z"}, "when_invalid").
			refused(Cancel{When: "2026-06-01T00:00:00Z"}, "when_invalid").
			do(Cancel{When: "now", Settlement: settle(SettlementNone)}, "canceled requested")
	})
	t.Run("now with credit", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Cancel{When: "now", Settlement: settle(SettlementCredit)}, "canceled requested", "billed change -20.00")
	})
	t.Run("at a time with credit", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Cancel{When: "2026-06-21T00:00:00Z", Settlement: settle(SettlementCredit)}, "cancellation_scheduled 06-21").
			at("06-22").do(Run{}, "canceled requested", "billed change -10.00")
	})
	t.Run("before the first payment at once", func(t *testing.T) {
		t.Parallel()
		(&story{t: t, now: day(2026, 6, 1)}).
			do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic}, "created incomplete", "update_pending create 30.00").
			refused(Cancel{When: "2026-06-21T00:00:00Z"}, "when_invalid").
			do(Cancel{When: "period_end"}, "update_canceled", "canceled requested")
	})
	t.Run("at a time while paused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Pause{}, "paused", "billed change -30.00").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			do(Uncancel{}, "cancellation_revoked").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			at("06-21").do(Run{}, "canceled requested")
	})
	t.Run("at a time after resuming", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Pause{}, "paused", "billed change -30.00").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			at("06-11").do(Resume{}, "resumed 07-11", "billed change 30.00").
			at("06-21").do(Run{}, "canceled requested", "billed change -20.00")
	})
	for name, test := range map[string]struct {
		settlement *Settlement
		events     []string
	}{
		"nothing": {nil, []string{"canceled requested", "billed change -10.65"}},
		"credit":  {settle(SettlementCredit), []string{"canceled requested", "billed change -10.65"}},
		"none":    {settle(SettlementNone), []string{"canceled requested"}},
	} {
		t.Run("in a later period, saying "+name, func(t *testing.T) {
			t.Parallel()
			sold(t, CollectionSendInvoice).
				do(Cancel{When: "2026-07-21T00:00:00Z", Settlement: test.settlement}, "cancellation_scheduled 07-21").
				at("08-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").do(Run{}, test.events...)
		})
	}
	t.Run("at a later period's end", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Cancel{When: "2026-08-01T00:00:00Z"}, "cancellation_scheduled 08-01").
			at("08-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").do(Run{}, "canceled requested")
	})
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
		t.Run(fmt.Sprintf("%d settled, %d received", tt.settled, tt.received), func(t *testing.T) {
			t.Parallel()
			paid := Paid{Invoiced: usd(3000), Settled: usd(tt.settled), Received: usd(tt.received)}
			sold(t, CollectionSendInvoice).at("06-11").
				do(Cancel{When: "now", Settlement: &refund, Paid: &paid}, "canceled requested", tt.want)
		})
	}
	t.Run("of yen with tax", func(t *testing.T) {
		t.Parallel()
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
	})
	t.Run("without what is paid", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice)
		if _, err := Decide(s.state, Cancel{Billing: bill1, When: "now", Settlement: &refund}, domain.Meta{Now: s.now}); !errors.Is(err, errIncomplete) {
			t.Errorf("without what is paid: %v", err)
		}
	})
}
