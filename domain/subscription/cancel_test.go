package subscription

import (
	"errors"
	"testing"

	"github.com/tallystick/tallystick/domain"
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
			do(Cancel{When: "now", Settlement: settle(SettlementCredit)}, "canceled requested", "taken_back credit -20.00")
	})
	t.Run("at a time with credit", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Cancel{When: "2026-06-21T00:00:00Z", Settlement: settle(SettlementCredit)}, "cancellation_scheduled 06-21").
			at("06-22").do(Run{}, "canceled requested", "taken_back credit -10.00")
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
		sold(t, CollectionSendInvoice).do(Pause{}, "paused", "taken_back credit -30.00").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			do(Uncancel{}, "cancellation_revoked").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			at("06-21").do(Run{}, "canceled requested")
	})
	t.Run("at a time after resuming", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Pause{}, "paused", "taken_back credit -30.00").
			do(Cancel{When: "2026-06-21T00:00:00Z"}, "cancellation_scheduled 06-21").
			at("06-11").do(Resume{}, "resumed 07-11", "billed change 30.00").
			at("06-21").do(Run{}, "canceled requested", "taken_back credit -20.00")
	})
	for name, test := range map[string]struct {
		settlement *Settlement
		events     []string
	}{
		"nothing": {nil, []string{"canceled requested", "taken_back credit -10.65"}},
		"credit":  {settle(SettlementCredit), []string{"canceled requested", "taken_back credit -10.65"}},
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

// What is taken back stands apart for each invoice, so that the tax of each is rounded by itself. How much of it goes back is
// told by the invoices.
func TestCancelTakesBackByInvoice(t *testing.T) {
	t.Parallel()
	refund := SettlementRefund
	s := sold(t, CollectionSendInvoice).at("06-11").
		do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 13.33").at("06-22").
		do(Cancel{When: "now", Settlement: &refund}, "canceled requested", "taken_back refund -9.00 -6.00")
	if s.state.InForce != nil {
		t.Errorf("in force %+v", s.state.InForce)
	}
	t.Run("and nothing of nothing", func(t *testing.T) {
		t.Parallel()
		gratis := with(pro, func(t *pricing.Terms) { t.UnitAmount = "0.00" })
		(&story{t: t, now: day(2026, 6, 1)}).
			do(Create{ID: "s", Price: gratis.Price, Terms: gratis, Seats: 3, Collection: CollectionSendInvoice}, "created active", "billed create 0.00").
			do(Cancel{When: "now", Settlement: &refund}, "canceled requested")
	})
	t.Run("a line that made the plan cheaper with the first", func(t *testing.T) {
		t.Parallel()
		volume := with(pro, func(t *pricing.Terms) {
			t.Scheme, t.UnitAmount = pricing.SchemeVolume, ""
			t.Tiers = []pricing.Bracket{{UpTo: new(int64(3)), UnitAmount: "10.00", FlatAmount: "0.00"}, {UnitAmount: "5.00", FlatAmount: "0.00"}}
		})
		(&story{t: t, now: day(2026, 6, 1)}).
			do(Create{ID: "s", Price: volume.Price, Terms: volume, Seats: 3, Collection: CollectionSendInvoice}, "created active", "billed create 30.00").
			do(ChangeSeats{Seats: 4}, "seats_changed 4", "billed change -10.00").at("06-16").
			do(Cancel{When: "now", Settlement: &refund}, "canceled requested", "taken_back refund -15.00 5.00")
	})
	t.Run("not without an id", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice)
		if _, err := Decide(s.state, Cancel{When: "now", Settlement: &refund}, domain.Meta{Now: s.now}); !errors.Is(err, errIncomplete) {
			t.Errorf("%v", err)
		}
	})
}
