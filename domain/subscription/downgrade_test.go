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
			do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Downgrade{Terms: basic}).
			waits(ChangeOfPrice, basic.Price, 3).
			at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00")
	})
	t.Run("to a shorter interval begins anew where the longer one ends", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
			do(Downgrade{Terms: pro}, "change_scheduled price 06-11").
			at("2027-06-11T00:00:00Z").do(Run{}, "downgraded pro-monthly", "renewed 06-11 07-11", "billed renewal 30.00")
	})
	t.Run("is replaced and canceled", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Downgrade{Terms: starter}, "change_unscheduled replaced", "change_scheduled price 07-01").
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

func TestDowngradeWithSeats(t *testing.T) {
	t.Parallel()
	t.Run("to a price that has fewer", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			refused(Downgrade{Terms: small}, "seats_out_of_range").
			do(Downgrade{Terms: small, Seats: new(int64(2)), SeatsInUse: 2}, "change_scheduled price_and_seats 07-01").
			do(Downgrade{Terms: small, Seats: new(int64(2))}).
			waits(ChangeOfPriceAndSeats, basic.Price, 2).
			at("07-01").do(Run{SeatsInUse: 1}, "downgraded basic-monthly", "seats_changed 2", "renewed 07-01 08-01", "billed renewal 10.00")
	})
	t.Run("keeps those that wait", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
			refused(Downgrade{Terms: small, SeatsInUse: 3}, "seats_in_use").
			do(Downgrade{Terms: small}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			do(Downgrade{Terms: starter}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			refused(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MinSeats = 3 })}, "seats_out_of_range").
			do(Downgrade{Terms: basic, Seats: new(int64(3))}, "change_unscheduled replaced", "change_scheduled price 07-01").
			waits(ChangeOfPrice, basic.Price, 3)
	})
	t.Run("is refused", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			refused(Downgrade{Terms: basic, Seats: new(int64(2)), SeatsInUse: 3}, "seats_in_use").
			refused(Downgrade{Terms: basic, Seats: new(int64(4))}, "seats_out_of_range").
			refused(Downgrade{Terms: basic, Seats: new(int64(1))}, "seats_out_of_range").
			refused(Downgrade{Terms: business, Seats: new(int64(2))}, "not_a_downgrade")
	})
	t.Run("at once in a trial", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).
			refused(Downgrade{Terms: small}, "seats_out_of_range").
			refused(Downgrade{Terms: small, Seats: new(int64(2)), SeatsInUse: 3}, "seats_in_use").
			do(Downgrade{Terms: small, Seats: new(int64(2))}, "downgraded basic-monthly", "seats_changed 2").
			waitsNot()
	})
}
