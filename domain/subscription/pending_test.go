package subscription

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	small = with(basic, func(t *pricing.Terms) { t.MaxSeats = new(int64(2)) }) // for 2 seats alone
	fewer = new(int64(2))
)

// What waits is one change of price and seats: what is asked replaces its own part.
func TestPendingChangeHoldsPriceAndSeats(t *testing.T) {
	t.Parallel()
	both := func(t *testing.T) *story {
		return sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 30.00").
			do(Downgrade{Terms: basic, Seats: new(int64(4))}, "change_scheduled price_and_seats 07-01")
	}
	t.Run("fewer seats", func(t *testing.T) {
		t.Parallel()
		both(t).do(ChangeSeats{Seats: 2}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			waits(ChangeOfPriceAndSeats, basic.Price, 2)
	})
	t.Run("the present seats", func(t *testing.T) {
		t.Parallel()
		both(t).do(ChangeSeats{Seats: 6}, "change_unscheduled replaced", "change_scheduled price 07-01").
			waits(ChangeOfPrice, basic.Price, 6)
	})
	t.Run("more seats", func(t *testing.T) {
		t.Parallel()
		both(t).do(ChangeSeats{Seats: 7}, "seats_changed 7", "billed change 10.00").waits(ChangeOfPrice, basic.Price, 7).
			at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 35.00")
	})
	t.Run("another price", func(t *testing.T) {
		t.Parallel()
		both(t).do(Downgrade{Terms: starter}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			waits(ChangeOfPriceAndSeats, starter.Price, 4)
	})
	t.Run("unused seats, of which the price keeps some", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 9}, "seats_changed 9", "billed change 60.00").
			do(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MinSeats = 5 })}, "change_scheduled price 07-01").
			do(RemoveUnusedSeats{SeatsInUse: 3}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			waits(ChangeOfPriceAndSeats, basic.Price, 5).
			refused(ChangeSeats{Seats: 4}, "seats_out_of_range")
	})
	t.Run("seats that only the price to come allows", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).refused(ChangeSeats{Seats: 1}, "seats_out_of_range").
			do(Downgrade{Terms: with(basic, func(t *pricing.Terms) { t.MinSeats = 1 })}, "change_scheduled price 07-01").
			do(ChangeSeats{Seats: 1}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			at("07-01").do(Run{SeatsInUse: 1}, "downgraded basic-monthly", "seats_changed 1", "renewed 07-01 08-01", "billed renewal 5.00")
	})
	t.Run("no more seats than the price to come allows", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Downgrade{Terms: small, Seats: fewer}, "change_scheduled price_and_seats 07-01").
			refused(ChangeSeats{Seats: 3}, "pending_change_conflict").
			refused(ChangeSeats{Seats: 4}, "pending_change_conflict").
			waits(ChangeOfPriceAndSeats, basic.Price, 2)
	})
	t.Run("as many seats as are in use by then", func(t *testing.T) {
		t.Parallel()
		both(t).at("07-01").do(Run{SeatsInUse: 5}, "downgraded basic-monthly", "seats_changed 5", "renewed 07-01 08-01", "billed renewal 25.00").
			waitsNot()
	})
	t.Run("however late", func(t *testing.T) {
		t.Parallel()
		both(t).at("09-02").do(Run{SeatsInUse: 1}, "downgraded basic-monthly", "seats_changed 4", "renewed 07-01 08-01", "billed renewal 20.00").
			do(Run{SeatsInUse: 1}, "renewed 08-01 09-01", "billed renewal 20.00")
	})
	t.Run("once the money for more seats came", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).do(Downgrade{Terms: basic, Seats: fewer}, "change_scheduled price_and_seats 07-01").
			do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").waits(ChangeOfPriceAndSeats, basic.Price, 2).
			do(Complete{Invoice: "i4"}, "seats_changed 4", "update_applied").waits(ChangeOfPrice, basic.Price, 4)
	})
}

func TestUpgradeWhileSeatsWait(t *testing.T) {
	t.Parallel()
	waiting := func(t *testing.T, collection Collection) *story {
		return sold(t, collection).do(Downgrade{Terms: basic, Seats: fewer}, "change_scheduled price_and_seats 07-01")
	}
	t.Run("within the period they go on", func(t *testing.T) {
		t.Parallel()
		waiting(t, CollectionSendInvoice).
			do(Upgrade{Terms: business}, "change_unscheduled superseded", "upgraded business-monthly", "change_scheduled seats 07-01", "billed change -30.00 60.00").
			waits(ChangeOfSeats, business.Price, 2).
			at("07-01").do(Run{}, "seats_changed 2", "renewed 07-01 08-01", "billed renewal 40.00")
	})
	t.Run("they are dropped where the price has more", func(t *testing.T) {
		t.Parallel()
		three := with(business, func(t *pricing.Terms) { t.MinSeats = 3 })
		waiting(t, CollectionSendInvoice).
			do(Upgrade{Terms: three}, "change_unscheduled superseded", "upgraded business-monthly", "billed change -30.00 60.00").waitsNot()
		threeYear := with(proYear, func(t *pricing.Terms) { t.MinSeats = 3 })
		waiting(t, CollectionSendInvoice).
			do(Upgrade{Terms: threeYear}, "change_unscheduled superseded", "upgraded pro-yearly", "billed change -30.00 300.00").waitsNot()
	})
	t.Run("a new period begins with them", func(t *testing.T) {
		t.Parallel()
		waiting(t, CollectionSendInvoice).
			do(Upgrade{Terms: proYear, SeatsInUse: 1}, "change_unscheduled superseded", "upgraded pro-yearly", "seats_changed 2", "billed change -30.00 200.00").
			waitsNot()
	})
	t.Run("but with all that are in use", func(t *testing.T) {
		t.Parallel()
		waiting(t, CollectionSendInvoice).
			do(Upgrade{Terms: proYear, SeatsInUse: 3}, "change_unscheduled superseded", "upgraded pro-yearly", "billed change -30.00 300.00").
			waitsNot()
	})
	t.Run("to a price for fewer than today", func(t *testing.T) {
		t.Parallel()
		two := with(proYear, func(t *pricing.Terms) { t.MaxSeats = new(int64(2)) })
		sold(t, CollectionSendInvoice).refused(Upgrade{Terms: two}, "seats_out_of_range").
			do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
			refused(Upgrade{Terms: two, SeatsInUse: 3}, "seats_out_of_range").
			do(Upgrade{Terms: two}, "change_unscheduled superseded", "upgraded pro-yearly", "seats_changed 2", "billed change -30.00 200.00")
	})
	t.Run("once the money came, as it was priced", func(t *testing.T) {
		t.Parallel()
		s := waiting(t, CollectionAutomatic).do(Upgrade{Terms: proYear}, "update_pending upgrade -30.00 200.00").
			refused(CancelPendingChange{}, "change_in_progress").waits(ChangeOfPriceAndSeats, basic.Price, 2)
		if s.state.PendingUpdate.Seats != 2 {
			t.Errorf("%+v", s.state.PendingUpdate)
		}
		s.do(Complete{Invoice: "i4"}, "change_unscheduled superseded", "upgraded pro-yearly", "seats_changed 2", "update_applied").waitsNot()
	})
	t.Run("taken back while the money for an upgrade is awaited", func(t *testing.T) {
		t.Parallel()
		waiting(t, CollectionAutomatic).do(Upgrade{Terms: business}, "update_pending upgrade -30.00 60.00").
			do(CancelPendingChange{}, "change_unscheduled canceled").
			do(Complete{Invoice: "i4"}, "upgraded business-monthly", "update_applied").waitsNot()
	})
	t.Run("unless the money never comes", func(t *testing.T) {
		t.Parallel()
		waiting(t, CollectionAutomatic).do(Upgrade{Terms: proYear}, "update_pending upgrade -30.00 200.00").
			at("06-02").do(Run{}, "update_expired").waits(ChangeOfPriceAndSeats, basic.Price, 2)
	})
}

func TestPendingChangeSurvivesPause(t *testing.T) {
	t.Parallel()
	unchanged := ResumeUnchanged
	paused := func(t *testing.T, collection Collection) *story {
		return sold(t, collection).do(Downgrade{Terms: basic, Seats: fewer}, "change_scheduled price_and_seats 07-01").
			at("06-11").do(Pause{}, "paused", "taken_back credit -20.00")
	}
	t.Run("within the period", func(t *testing.T) {
		t.Parallel()
		paused(t, CollectionSendInvoice).at("06-21").do(Resume{Anchor: &unchanged}, "resumed 07-01", "billed change 10.00").
			waits(ChangeOfPriceAndSeats, basic.Price, 2).
			at("07-01").do(Run{}, "downgraded basic-monthly", "seats_changed 2", "renewed 07-01 08-01", "billed renewal 10.00")
	})
	t.Run("with a new period", func(t *testing.T) {
		t.Parallel()
		paused(t, CollectionSendInvoice).at("06-21").
			do(Resume{}, "downgraded basic-monthly", "seats_changed 2", "resumed 07-21", "billed change 10.00").waitsNot()
	})
	t.Run("over the period's end", func(t *testing.T) {
		t.Parallel()
		paused(t, CollectionSendInvoice).at("07-16").
			do(Resume{Anchor: &unchanged, SeatsInUse: 3}, "downgraded basic-monthly", "resumed 08-01", "billed change 7.74").waitsNot()
	})
	t.Run("to another interval, which began when the other one ended", func(t *testing.T) {
		t.Parallel()
		year := func(t *testing.T) *story {
			return sold(t, CollectionSendInvoice).at("06-11").do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -20.00 300.00").
				do(Downgrade{Terms: pro}, "change_scheduled price 06-11").
				at("2027-06-01T00:00:00Z").do(Pause{}, "paused", "taken_back credit -8.22")
		}
		year(t).at("2027-07-21T00:00:00Z").do(Resume{Anchor: &unchanged}, "downgraded pro-monthly", "resumed 08-11", "billed change 20.32").waitsNot()
		year(t).at("2027-07-21T00:00:00Z").do(Resume{}, "downgraded pro-monthly", "resumed 08-21", "billed change 30.00").waitsNot()
	})
	t.Run("once the money came, as it was priced", func(t *testing.T) {
		t.Parallel()
		paused(t, CollectionAutomatic).at("06-21").do(Resume{}, "update_pending resume 10.00").
			refused(CancelPendingChange{}, "change_in_progress").
			do(Complete{Invoice: "i5"}, "downgraded basic-monthly", "seats_changed 2", "resumed 07-21", "update_applied").waitsNot()
	})
	t.Run("and is taken back meanwhile", func(t *testing.T) {
		t.Parallel()
		paused(t, CollectionSendInvoice).do(CancelPendingChange{}, "change_unscheduled canceled").
			at("06-21").do(Resume{}, "resumed 07-21", "billed change 30.00")
	})
}

func TestPendingChangeAndCancellation(t *testing.T) {
	t.Parallel()
	credit := SettlementCredit
	t.Run("survives cancel and uncancel", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").
			do(Cancel{When: "2026-06-20T00:00:00Z", Settlement: &credit}, "cancellation_scheduled 06-20").
			do(Uncancel{}, "cancellation_revoked").waits(ChangeOfPrice, basic.Price, 3).
			at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00")
	})
	t.Run("ends with the subscription", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Cancel{When: "now", Settlement: &credit}, "change_unscheduled ending", "canceled requested", "taken_back credit -30.00")
	})
	t.Run("goes on before a far end", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").
			do(Cancel{When: "2026-08-16T00:00:00Z"}, "cancellation_scheduled 08-16").
			do(ChangeSeats{Seats: 2}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			at("09-01").do(Run{}, "downgraded basic-monthly", "seats_changed 2", "renewed 07-01 08-01", "billed renewal 10.00").
			do(Run{}, "renewed 08-01 09-01", "billed renewal 10.00").do(Run{}, "canceled requested", "taken_back credit -5.16")
	})
	t.Run("nothing waits for the end or what follows it", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Cancel{When: "period_end"}, "cancellation_scheduled 07-01").
			refused(Downgrade{Terms: basic}, "invalid_transition").
			refused(ChangeSeats{Seats: 2}, "invalid_transition").
			refused(RemoveUnusedSeats{SeatsInUse: 2}, "invalid_transition").
			refused(Upgrade{Terms: proYear}, "invalid_transition").
			do(ChangeSeats{Seats: 4}, "seats_changed 4", "billed change 10.00").
			do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -30.00 -10.00 80.00").
			do(Pause{}, "paused", "taken_back credit -80.00")
	})
	t.Run("a longer period that ends in time", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).do(Cancel{When: "2027-06-01T00:00:00Z"}, "cancellation_scheduled 06-01").
			do(Upgrade{Terms: proYear}, "upgraded pro-yearly", "billed change -30.00 300.00").
			at("2027-06-01T00:00:00Z").do(Run{}, "canceled requested")
	})
	t.Run("in a trial all changes are at once", func(t *testing.T) {
		t.Parallel()
		now, end := ConvertNow, ConvertTrialEnd
		tried(t, AtEndFree).do(Cancel{When: "period_end"}, "cancellation_scheduled 06-15").
			do(Downgrade{Terms: basic, Seats: fewer}, "downgraded basic-monthly", "seats_changed 2").
			do(ChangeSeats{Seats: 4}, "seats_changed 4").do(RemoveUnusedSeats{SeatsInUse: 3}, "seats_changed 3").
			do(Upgrade{Terms: business}, "upgraded business-monthly").
			refused(ConvertTrial{Anchor: &now}, "invalid_transition").
			refused(ConvertTrial{Anchor: &end}, "invalid_transition").
			do(Cancel{When: "2026-06-16T00:00:00Z"}, "cancellation_scheduled 06-16").
			do(ConvertTrial{Anchor: &end}, "conversion_scheduled").
			do(Cancel{When: "2026-07-01T00:00:00Z"}, "cancellation_scheduled 07-01").
			do(ConvertTrial{Anchor: &now}, "update_pending convert 60.00")
	})
}

func TestPastDueGivesSeatsBack(t *testing.T) {
	t.Parallel()
	due := func(t *testing.T) *story {
		return sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due", "dunning_began")
	}
	due(t).refused(ChangeSeats{Seats: 4}, "payment_past_due").
		do(ChangeSeats{Seats: 2}, "change_scheduled seats 08-01").
		do(ChangeSeats{Seats: 3}, "change_unscheduled canceled").
		do(RemoveUnusedSeats{SeatsInUse: 2}, "change_scheduled seats 08-01")
	due(t).do(Cancel{When: "period_end"}, "cancellation_scheduled 08-01").
		refused(ChangeSeats{Seats: 4}, "payment_past_due").
		refused(ChangeSeats{Seats: 2}, "invalid_transition").
		refused(RemoveUnusedSeats{SeatsInUse: 2}, "invalid_transition")
}

// Events of before mean what they meant: a price that waits keeps the seats that there are by then, and seats the price.
func TestOlderPendingChanges(t *testing.T) {
	t.Parallel()
	older := func(t *testing.T, kind ChangeKind, terms pricing.Terms, seats int64) *story {
		s := sold(t, CollectionSendInvoice)
		data, err := json.Marshal(ChangeScheduled{ID: "s", PendingChange: PendingChange{
			Change: "c9", Kind: kind, Terms: terms, Seats: seats, EffectiveAt: s.state.CurrentPeriod.End,
		}})
		if err != nil {
			t.Fatal(err)
		}
		var event ChangeScheduled
		if err := json.Unmarshal(data, &event); err != nil {
			t.Fatal(err)
		}
		s.state = Evolve(s.state, domain.Event(event))
		return s
	}
	older(t, ChangeDowngrade, basic, 3).waits(ChangeOfPrice, basic.Price, 3).
		do(Downgrade{Terms: basic}).
		do(ChangeSeats{Seats: 5}, "seats_changed 5", "billed change 20.00").waits(ChangeOfPrice, basic.Price, 5).
		at("07-01").do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 25.00")
	older(t, ChangeOfSeats, pro, 2).waits(ChangeOfSeats, pro.Price, 2).
		do(ChangeSeats{Seats: 2}).
		at("07-01").do(Run{}, "seats_changed 2", "renewed 07-01 08-01", "billed renewal 20.00")
}

// What is previewed of a change that waits is what is upcoming then, and what the renewal bills, to the last byte of each line.
func TestPreviewOfWhatWaitsIsItsRenewal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(1_500_000_000_000_000, 2_300_000_000_000_000).Draw(t, "at")).UTC()
		state := State{}
		decide := func(command Command) {
			events, err := Decide(state, command, domain.Meta{Now: at})
			if err != nil {
				t.Fatalf("%+v: %v", command, err)
			}
			state = fold(state, events)
		}
		draw := func(price string) *pricing.Terms {
			return new(with(drawTerms(t), func(t *pricing.Terms) { t.Price, t.Tier = price, 1 }))
		}
		decide(Create{Billing: bill1, ID: "s", Terms: with(*draw("bought"), func(t *pricing.Terms) { t.Tier = 9 }), Seats: 9,
			Collection: CollectionSendInvoice, TimeZone: new(rapid.SampledFrom([]string{"UTC", "Europe/Berlin"}).Draw(t, "zone"))})
		decide(Settle{Invoice: bill1.Invoice})
		if rapid.Bool().Draw(t, "coupon") {
			decide(ApplyDiscount{Coupon: "half", Discount: &half})
		}
		at = at.Add(time.Duration(rapid.Int64Range(0, int64(state.CurrentPeriod.End.Sub(at))-1).Draw(t, "later"))).Truncate(time.Microsecond)
		if rapid.Bool().Draw(t, "price waits") {
			decide(Downgrade{Change: "p", Terms: *draw("waits")})
		}
		if rapid.Bool().Draw(t, "seats wait") {
			decide(ChangeSeats{Billing: Billing{Change: "s"}, Seats: rapid.Int64Range(3, 8).Draw(t, "waiting")})
		}
		inUse := rapid.Int64Range(0, 9).Draw(t, "in use")
		proposal := Proposal{Billing: Billing{Change: "q", Credit: usd(100)}, SeatsAtEnd: inUse}
		if rapid.Bool().Draw(t, "seats") {
			proposal.Seats = new(rapid.Int64Range(3, 9).Draw(t, "fewer"))
		}
		var command Command = ChangeSeats{Billing: Billing{Change: "q"}, Seats: domain.Or(proposal.Seats, 9)}
		if proposal.Seats == nil || rapid.Bool().Draw(t, "price") {
			proposal.Terms = draw("asked")
			command = Downgrade{Change: "q", Terms: *proposal.Terms, Seats: proposal.Seats}
		}
		preview, err := PreviewChange(state, proposal, at)
		if err != nil {
			t.Fatal(err)
		}
		decide(command)
		upcoming, _, ok, err := state.Upcoming(inUse, false)
		if err != nil || !ok || !reflect.DeepEqual(upcoming, preview.Bill) {
			t.Fatalf("previewed %+v, upcoming %+v, %v, %v", preview.Bill, upcoming, ok, err)
		}
		at = state.CurrentPeriod.End.AddDate(0, 0, rapid.IntRange(0, 20).Draw(t, "late"))
		events, err := Decide(state, Run{Billing: bill1, SeatsInUse: inUse}, domain.Meta{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		if billed := events[len(events)-1].(Billed); !reflect.DeepEqual(billed.Bill, preview.Bill) || preview.AmountDue.Sign() != 0 {
			t.Fatalf("previewed %+v, billed %+v", preview, billed.Bill)
		}
	})
}
