package subscription

import (
	"errors"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// Where money is collected, what costs some waits for it.
func TestPendingUpdate(t *testing.T) {
	t.Parallel()
	waiting := func(t *testing.T) *story {
		return sold(t, CollectionAutomatic).at("06-11").do(Upgrade{Terms: business}, "update_pending upgrade -20.00 40.00")
	}
	t.Run("keeps others out", func(t *testing.T) {
		t.Parallel()
		waiting(t).
			refused(ChangeSeats{Seats: 5}, "change_in_progress").
			refused(Upgrade{Terms: business}, "change_in_progress").
			refused(Pause{}, "change_in_progress").
			actions(ActionCancelPendingUpdate, ActionCancel, ActionApplyDiscount)
	})
	t.Run("happens once its money comes", func(t *testing.T) {
		t.Parallel()
		s := waiting(t).do(Complete{Invoice: "another"}).
			at("2026-06-11T22:59:59Z").do(Complete{Invoice: "i3"}, "upgraded business-monthly", "update_applied")
		if s.state.Terms.Price != business.Price || len(s.state.InForce) != 1 || s.state.InForce[0].Invoice != "i3" {
			t.Errorf("state %+v", s.state)
		}
	})
	t.Run("expires before its money comes", func(t *testing.T) {
		t.Parallel()
		s := waiting(t).at("2026-06-11T23:00:00Z")
		if _, err := Decide(s.state, Complete{Invoice: "i3"}, domain.Meta{Now: s.now}); !errors.Is(err, ErrDue) {
			t.Errorf("late: %v", err)
		}
		s.do(Run{}, "update_expired").do(Complete{Invoice: "i3"}).do(Run{})
	})
	t.Run("expires with the period", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).at("2026-06-30T20:00:00Z").do(ChangeSeats{Seats: 4}, "update_pending seats 0.33").
			do(CancelPendingUpdate{}, "update_canceled").
			do(ChangeSeats{Seats: 4}, "update_pending seats 0.33").
			at("07-01").do(Run{}, "update_expired").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").do(Run{})
	})
	t.Run("does not wait for what credit covers", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).at("06-11").
			do(Upgrade{Terms: business, Billing: Billing{Credit: usd(1999)}}, "update_pending upgrade -20.00 40.00").
			do(CancelPendingUpdate{}, "update_canceled").
			do(Upgrade{Terms: business, Billing: Billing{Credit: usd(2000)}}, "upgraded business-monthly", "billed change -20.00 40.00")
	})
}

func TestIncomplete(t *testing.T) {
	t.Parallel()
	create := Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic}
	begin := func(t *testing.T) *story {
		return (&story{t: t, now: day(2026, 6, 1)}).do(create, "created incomplete", "update_pending create 30.00")
	}
	t.Run("expires", func(t *testing.T) {
		t.Parallel()
		begin(t).actions(ActionCancel).refused(create, "subscription_exists").refused(Upgrade{Terms: business}, "invalid_transition").
			at("2026-06-01T23:00:00Z").status(StatusIncompleteExpired).
			do(Run{}, "update_expired", "expired incomplete_expired").do(Complete{Invoice: "i1"}).actions(ActionCreate).
			do(create, "created incomplete", "update_pending create 30.00")
	})
	t.Run("is canceled", func(t *testing.T) {
		t.Parallel()
		begin(t).do(Cancel{When: "now"}, "update_canceled", "canceled requested")
	})
	t.Run("is none where credit covers the bill", func(t *testing.T) {
		t.Parallel()
		create := create
		create.Credit = usd(3000)
		(&story{t: t, now: day(2026, 6, 1)}).do(create, "created active", "billed create 30.00")
	})
}

// What waits for an invoice that is void by hand does not happen, whatever the status.
func TestDropUpdate(t *testing.T) {
	t.Parallel()
	t.Run("while active", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").
			do(DropUpdate{Invoice: "another"}).do(DropUpdate{Invoice: "i3"}, "update_canceled").status(StatusActive).
			do(DropUpdate{Invoice: "i3"})
	})
	t.Run("while past due", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			at("2026-07-01T12:00:00Z").do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").
			at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due", "dunning_began").do(DropUpdate{Invoice: "i4"}, "update_canceled").status(StatusPastDue)
	})
	t.Run("while paused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).at("06-11").do(Pause{}, "paused", "taken_back credit -20.00").
			do(Resume{}, "update_pending resume 30.00").do(DropUpdate{Invoice: "i4"}, "update_canceled").status(StatusPaused)
	})
	t.Run("before the first payment", func(t *testing.T) {
		t.Parallel()
		first := &story{t: t, now: day(2026, 6, 1)}
		first.do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic},
			"created incomplete", "update_pending create 30.00").
			do(DropUpdate{Invoice: "i1"}, "update_canceled", "canceled requested").status(StatusCanceled).do(DropUpdate{Invoice: "i1"})
	})
}
