package subscription

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

func TestChangeSeats(t *testing.T) {
	t.Parallel()
	t.Run("up and down", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-16").
			do(ChangeSeats{Seats: 5, SeatsInUse: 9}, "seats_changed 5", "billed change 10.00").
			do(ChangeSeats{Seats: 5}).
			do(ChangeSeats{Seats: 4, SeatsInUse: 4}, "change_scheduled seats 07-01").
			do(ChangeSeats{Seats: 4, SeatsInUse: 4}).
			do(ChangeSeats{Seats: 5}, "change_unscheduled canceled").
			do(ChangeSeats{Seats: 3}, "change_scheduled seats 07-01").
			// 11: the highest number of the period is charged, and nothing twice.
			do(ChangeSeats{Seats: 7}, "change_unscheduled superseded", "seats_changed 7", "billed change 10.00")
	})

	// At the boundary the seats are never fewer than are in use by then.
	for inUse, want := range map[int64][]string{
		2: {"seats_changed 2", "renewed 07-01 08-01", "billed renewal 20.00"},
		3: {"renewed 07-01 08-01", "billed renewal 30.00"},
		9: {"renewed 07-01 08-01", "billed renewal 30.00"},
	} {
		t.Run(fmt.Sprintf("at the boundary with %d in use", inUse), func(t *testing.T) {
			t.Parallel()
			sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
				at("07-01").do(Run{SeatsInUse: inUse}, want...)
		})
	}
	t.Run("to those in use", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(RemoveUnusedSeats{SeatsInUse: 1}, "change_scheduled seats 07-01").
			at("07-01").do(Run{SeatsInUse: 1}, "seats_changed 2", "renewed 07-01 08-01", "billed renewal 20.00")
	})
	t.Run("to those in use, which are all", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(RemoveUnusedSeats{SeatsInUse: 3})
	})
	t.Run("is refused without a subscription", func(t *testing.T) {
		t.Parallel()
		(&story{t: t, now: now}).refused(ChangeSeats{Seats: 5}, "no_subscription")
	})
	t.Run("is refused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			refused(ChangeSeats{Seats: 1}, "seats_out_of_range").
			refused(ChangeSeats{Seats: 101}, "seats_out_of_range").
			refused(ChangeSeats{Seats: 2, SeatsInUse: 3}, "seats_in_use").
			do(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MaxSeats = new(int64(5)) })}, "change_scheduled price 07-01").
			refused(ChangeSeats{Seats: 6}, "pending_change_conflict").
			do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 20.00")
	})
	t.Run("while a lower price waits", func(t *testing.T) {
		t.Parallel()
		if waiting := sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 20.00").state.PendingChange; waiting.Seats != 5 {
			t.Errorf("%d seats wait", waiting.Seats)
		}
	})
}
