package subscription

import (
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

func TestDowngrade(t *testing.T) {
	t.Parallel()
	t.Run("waits for the period's end", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
			do(Downgrade{Terms: basic}).
			at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00")
	})
	t.Run("to a shorter interval begins anew where the longer one ends", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
			do(Downgrade{Terms: pro}, "change_scheduled downgrade 06-11").
			at("2027-06-11T00:00:00Z").do(Run{}, "downgraded pro-monthly", "renewed 06-11 07-11", "billed renewal 30.00")
	})
	t.Run("is replaced and canceled", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
			do(ChangeSeats{Seats: 2}, "change_unscheduled replaced", "change_scheduled seats 07-01").
			do(Downgrade{Terms: basic}, "change_unscheduled replaced", "change_scheduled downgrade 07-01").
			do(CancelPendingChange{}, "change_unscheduled canceled").
			refused(CancelPendingChange{}, "invalid_transition").
			at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
	})
	t.Run("is refused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			refused(Downgrade{Terms: business}, "not_a_downgrade").
			refused(Downgrade{Terms: proYear}, "not_a_downgrade").
			refused(Downgrade{Terms: pro}, "no_change").
			refused(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MaxSeats = new(int64(2)) })}, "seats_out_of_range")
	})
}
