package subscription

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestUpgrade(t *testing.T) {
	t.Parallel()
	// Sent invoices never wait for money: the rest of June 11 to 30 is 20 of 30 days.
	sold(t, CollectionSendInvoice).at("06-11").
		do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -20.00 40.00").
		do(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Price, t.Tier = "best", 40 })},
			"upgraded best", "billed change -40.00 40.00").
		at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 60.00")

	// A longer interval begins a new period and anchor, which renewals follow.
	sold(t, CollectionSendInvoice).at("06-11").
		do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
		at("2027-06-11T00:00:00Z").do(Run{}, "renewed 06-11 06-11", "billed renewal 300.00")

	// What is charged for more seats in the meantime is credited with the rest, line by line.
	sold(t, CollectionSendInvoice).
		at("06-11").do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 20.00").
		at("06-21").do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -10.00 -10.00 40.00")

	// What waits for the period's end is superseded.
	sold(t, CollectionSendInvoice).
		do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
		do(Upgrade{Terms: business}, "change_unscheduled superseded", "upgraded business-monthly", "billed change -30.00 60.00")
}

func TestUpgradeIsRefused(t *testing.T) {
	t.Parallel()
	(&story{t: t, now: now}).refused(Upgrade{Terms: business}, "no_subscription")
	sold(t, CollectionSendInvoice).
		refused(Upgrade{Terms: pro}, "no_change").
		refused(Upgrade{Terms: basic}, "not_an_upgrade").
		refused(Upgrade{Terms: with(pro, func(t *pricing.Terms) { t.Price = "other" })}, "not_an_upgrade").
		refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Currency = "EUR" })}, "currency_mismatch").
		refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.MinSeats = 10 })}, "seats_out_of_range").
		do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").
		refused(Upgrade{Terms: business}, "invalid_transition")
}

func TestDowngrade(t *testing.T) {
	t.Parallel()
	sold(t, CollectionSendInvoice).
		do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
		do(Downgrade{Terms: basic}).
		at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00")
	// A shorter interval begins anew where the longer one ends.
	sold(t, CollectionSendInvoice).at("06-11").
		do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
		do(Downgrade{Terms: pro}, "change_scheduled downgrade 06-11").
		at("2027-06-11T00:00:00Z").do(Run{}, "downgraded pro-monthly", "renewed 06-11 07-11", "billed renewal 30.00")
	sold(t, CollectionSendInvoice).
		do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
		do(ChangeSeats{Seats: 2}, "change_unscheduled replaced", "change_scheduled seats 07-01").
		do(Downgrade{Terms: basic}, "change_unscheduled replaced", "change_scheduled downgrade 07-01").
		do(CancelPendingChange{}, "change_unscheduled canceled").
		refused(CancelPendingChange{}, "invalid_transition").
		at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
	sold(t, CollectionSendInvoice).
		refused(Downgrade{Terms: business}, "not_a_downgrade").
		refused(Downgrade{Terms: proYear}, "not_a_downgrade").
		refused(Downgrade{Terms: pro}, "no_change").
		refused(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MaxSeats = new(int64(2)) })}, "seats_out_of_range")
}

func TestChangeSeats(t *testing.T) {
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

	// At the boundary the seats are never fewer than are in use by then.
	for inUse, want := range map[int64][]string{
		2: {"seats_changed 2", "renewed 07-01 08-01", "billed renewal 20.00"},
		3: {"renewed 07-01 08-01", "billed renewal 30.00"},
		9: {"renewed 07-01 08-01", "billed renewal 30.00"},
	} {
		sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
			at("07-01").do(Run{SeatsInUse: inUse}, want...)
	}
	// Unused seats, but not below what the price allows.
	sold(t, CollectionSendInvoice).do(RemoveUnusedSeats{SeatsInUse: 1}, "change_scheduled seats 07-01").
		at("07-01").do(Run{SeatsInUse: 1}, "seats_changed 2", "renewed 07-01 08-01", "billed renewal 20.00")
	sold(t, CollectionSendInvoice).do(RemoveUnusedSeats{SeatsInUse: 3})

	(&story{t: t, now: now}).refused(ChangeSeats{Seats: 5}, "no_subscription")
	sold(t, CollectionSendInvoice).
		refused(ChangeSeats{Seats: 1}, "seats_out_of_range").
		refused(ChangeSeats{Seats: 101}, "seats_out_of_range").
		refused(ChangeSeats{Seats: 2, SeatsInUse: 3}, "seats_in_use").
		do(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MaxSeats = new(int64(5)) })}, "change_scheduled downgrade 07-01").
		refused(ChangeSeats{Seats: 6}, "pending_change_conflict").
		do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 20.00")
	// A lower price that waits is for as many seats as there are by then.
	if waiting := sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled downgrade 07-01").
		do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 20.00").state.PendingChange; waiting.Seats != 5 {
		t.Errorf("%d seats wait", waiting.Seats)
	}
}

// Where money is collected, what costs some waits for it.
func TestPendingUpdate(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionAutomatic).at("06-11").
		do(Upgrade{Terms: business}, "update_pending upgrade -20.00 40.00").
		refused(ChangeSeats{Seats: 5}, "change_in_progress").
		refused(Upgrade{Terms: business}, "change_in_progress").
		refused(Pause{}, "change_in_progress").
		actions(ActionCancelPendingUpdate, ActionCancel, ActionApplyDiscount).
		do(Complete{Invoice: "another"}).
		at("2026-06-11T22:59:59Z")
	s.do(Complete{Invoice: "i3"}, "upgraded business-monthly", "update_applied")
	if s.state.Terms.Price != business.Price || len(s.state.InForce) != 1 || s.state.InForce[0].Invoice != "i3" {
		t.Errorf("state %+v", s.state)
	}
	// Once it expired, money comes too late.
	s.at("2026-06-12T00:00:00Z").do(ChangeSeats{Seats: 4}, "update_pending seats 12.67").
		at("2026-06-12T23:00:00Z")
	if _, err := Decide(s.state, Complete{Invoice: "i8"}, domain.Meta{Now: s.now}); !errors.Is(err, ErrDue) {
		t.Errorf("late: %v", err)
	}
	s.do(Run{}, "update_expired").do(Complete{Invoice: "i8"}).do(Run{})
	// It never waits past the period's end.
	s.at("2026-06-30T20:00:00Z").do(ChangeSeats{Seats: 4}, "update_pending seats 0.67").
		do(CancelPendingUpdate{}, "update_canceled").
		do(ChangeSeats{Seats: 4}, "update_pending seats 0.67").
		at("07-01").do(Run{}, "update_expired").do(Run{}, "renewed 07-01 08-01", "billed renewal 60.00").do(Run{})
	// What credit covers, or what gives some, does not wait.
	sold(t, CollectionAutomatic).at("06-11").
		do(Upgrade{Terms: business, Billing: Billing{Credit: usd(1999)}}, "update_pending upgrade -20.00 40.00").
		do(CancelPendingUpdate{}, "update_canceled").
		do(Upgrade{Terms: business, Billing: Billing{Credit: usd(2000)}}, "upgraded business-monthly", "billed change -20.00 40.00")
}

func TestIncomplete(t *testing.T) {
	t.Parallel()
	create := Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic}
	begin := func() *story {
		return (&story{t: t, now: day(2026, 6, 1)}).do(create, "created incomplete", "update_pending create 30.00")
	}
	begin().actions(ActionCancel).refused(create, "subscription_exists").refused(Upgrade{Terms: business}, "invalid_transition").
		at("2026-06-01T23:00:00Z").status(StatusIncompleteExpired).
		do(Run{}, "update_expired", "expired incomplete_expired").do(Complete{Invoice: "i1"}).actions(ActionCreate).
		do(create, "created incomplete", "update_pending create 30.00")
	begin().do(Cancel{When: "now"}, "update_canceled", "canceled requested")
	create.Credit = usd(3000)
	(&story{t: t, now: day(2026, 6, 1)}).do(create, "created active", "billed create 30.00")
}

func TestState(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionAutomatic).at("06-11").do(Upgrade{Terms: business}, "update_pending upgrade -20.00 40.00")
	for _, state := range []State{s.state, {}, sold(t, CollectionSendInvoice).state} {
		data, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, state) {
			t.Errorf("%s came back as %+v, %v", data, back, err)
		}
		if state.Size() <= 0 {
			t.Error("no size")
		}
	}
	if Stream("acme") != "subscription:acme" || Type.Name != Stream("acme").Type() {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
	if got := s.state.Invoices(); !reflect.DeepEqual(got, []string{"i1"}) {
		t.Errorf("invoices %v", got)
	}
	sold(t, CollectionSendInvoice).actions(ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats,
		ActionCancel, ActionPause, ActionChangeCollection, ActionApplyDiscount)
}
