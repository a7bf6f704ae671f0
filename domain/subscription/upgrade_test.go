package subscription

import (
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

func TestUpgrade(t *testing.T) {
	t.Parallel()
	t.Run("charges the rest of the period", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -20.00 40.00").
			do(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Price, t.Tier = "best", 40 })},
				"upgraded best", "billed change -40.00 40.00").
			at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 60.00")
	})
	t.Run("to a longer interval begins a new period and anchor", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("06-11").
			do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
			at("2027-06-11T00:00:00Z").do(Run{}, "renewed 06-11 06-11", "billed renewal 300.00")
	})
	t.Run("credits more seats line by line", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			at("06-11").do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 20.00").
			at("06-21").do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -10.00 -10.00 40.00")
	})
	t.Run("supersedes what waits", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Upgrade{Terms: business}, "change_unscheduled superseded", "upgraded business-monthly", "billed change -30.00 60.00")
	})
}

func TestUpgradeIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("of no subscription", func(t *testing.T) {
		t.Parallel()
		(&story{t: t, now: now}).refused(Upgrade{Terms: business}, "no_subscription")
	})
	t.Run("of a subscription", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).
			refused(Upgrade{Terms: pro}, "no_change").
			refused(Upgrade{Terms: basic}, "not_an_upgrade").
			refused(Upgrade{Terms: with(pro, func(t *pricing.Terms) { t.Price = "other" })}, "not_an_upgrade").
			refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Currency = "EUR" })}, "currency_mismatch").
			refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.MinSeats = 10 })}, "seats_out_of_range").
			do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").
			refused(Upgrade{Terms: proYear}, "invalid_transition").
			do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -30.00 60.00")
	})
}
