package command_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/command"
)

// startTrial tries a price for 14 days, to be free afterwards unless something is said of that.
func startTrial(b *bench, price string, atEnd subscription.AtEnd) command.Command[command.Trial] {
	b.t.Helper()
	return command.StartTrial("acme", subscription.StartTrial{ID: "trial-" + price, Price: price, Seats: new(int64(5)), AtEnd: &atEnd})
}

// setupTrials sells prices with a trial.
func setupTrials(t *testing.T) *bench {
	t.Helper()
	b := setup(t)
	for _, product := range []string{"pro", "team"} {
		do(b, command.CreatePrice(catalog.CreatePrice{
			Product: product, Code: product + "-try", Currency: "USD", Interval: "month", UnitAmount: new("12"), TrialDays: new(14),
		}))
	}
	return b
}

// TestTrial: the trial's own stream records its course, in the same group as the subscription and the seats.
func TestTrial(t *testing.T) {
	t.Parallel()
	b := setupTrials(t)
	expect := func(c command.Command[command.Trial], status trial.Status, want ...string) command.Trial {
		t.Helper()
		result, _, events, err := try(b, c)
		if err != nil || !slices.Equal(types(events), want) || result.Trial.Status != status {
			t.Fatalf("%v, %+v, %v", types(events), result.Trial, err)
		}
		return result
	}
	begun := expect(startTrial(b, "pro-try", subscription.AtEndFree), trial.StatusActive,
		"subscription:acme subscription.created.v1", "trial:acme:main trial.started.v1", "seating:acme seating.limits_changed.v1")
	if end := time.Date(2026, 2, 14, 0, 0, 0, 0, time.UTC); !begun.Trial.End.Equal(end) || !begun.State.Trial.End.Equal(end) {
		t.Errorf("%+v", begun)
	}
	refused(b, "trial_already_used", startTrial(b, "team-try", subscription.AtEndFree))
	refused(b, "subscription_exists", create("pro-month", 5))
	end := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	extended := expect(command.ExtendTrial("acme", subscription.ExtendTrial{End: end, Reason: "nice"}), trial.StatusActive,
		"subscription:acme subscription.trial_extended.v1", "trial:acme:main trial.extended.v1")
	if !extended.Trial.End.Equal(end) || !extended.State.CurrentPeriod.End.Equal(end) {
		t.Errorf("%+v", extended)
	}
	_, _, events, err := try(b, command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: "team-try"}))
	if changed := facts[trial.PriceChanged](events); err != nil || len(changed) != 1 || changed[0].To != "team-try" {
		t.Errorf("%v %v", types(events), err)
	}
	waits := expect(command.ConvertTrial("acme", subscription.ConvertTrial{Billing: subscription.Billing{Change: "c", Invoice: "i"}}), trial.StatusActive,
		"subscription:acme subscription.update_pending.v1", "invoice:i invoice.drafted.v1", "invoice:i invoice.opened.v1")
	if !waits.Waits() || waits.State.Status != subscription.StatusTrialing {
		t.Errorf("%+v", waits)
	}
	ended := expect(command.CancelTrial("acme"), trial.StatusCanceled, "subscription:acme subscription.update_canceled.v1",
		"invoice:i invoice.voided.v1", "subscription:acme subscription.canceled.v1", "trial:acme:main trial.ended.v1",
		"seating:acme seating.limits_changed.v1")
	if ended.State.Status != subscription.StatusCanceled {
		t.Errorf("%+v", ended)
	}
	refused(b, "trial_already_used", startTrial(b, "pro-try", subscription.AtEndFree))
	refused(b, "invalid_transition", command.CancelTrial("acme"))
}

// TestConvertTrial: what is paid before the trial's end is a trial no more, and what is paid from its end on is one until
// then.
func TestConvertTrial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		anchor subscription.ConvertAnchor
		status trial.Status
		facts  int
	}{{subscription.ConvertNow, trial.StatusConverted, 1}, {subscription.ConvertTrialEnd, trial.StatusActive, 0}} {
		t.Run(string(tt.anchor), func(t *testing.T) {
			t.Parallel()
			b := setupTrials(t)
			do(b, startTrial(b, "pro-try", subscription.AtEndCancel))
			refused(b, "price_not_found", command.ConvertTrial("acme", subscription.ConvertTrial{Billing: billing(), Price: new("none")}))
			result, _, events, err := try(b, command.ConvertTrial("acme", subscription.ConvertTrial{
				Billing: billing(), Price: new("team-try"), Collection: new(subscription.CollectionSendInvoice), Anchor: &tt.anchor,
			}))
			if err != nil || result.Trial.Status != tt.status || result.State.Terms.Price != "team-try" || len(facts[invoice.Finalized](events)) != tt.facts {
				t.Errorf("%+v, %v, %v", result, types(events), err)
			}
			b.now = b.now.AddDate(0, 0, 20)
			_, _, events, err = try(b, allocate("ada", seating.RoleMember, seating.StatusActive, nil))
			if ends := facts[trial.Ended](events); err != nil || len(ends) != 1-tt.facts || len(facts[invoice.Finalized](events)) != 1-tt.facts {
				t.Errorf("%v, %v", types(events), err)
			}
		})
	}
}

// TestTrialEnds: whoever comes first after a trial's end finds it ended as of then, and the seats closed or fewer.
func TestTrialEnds(t *testing.T) {
	t.Parallel()
	for atEnd, status := range map[subscription.AtEnd]trial.Status{
		subscription.AtEndFree: trial.StatusExpired, subscription.AtEndCancel: trial.StatusExpired, subscription.AtEndPause: trial.StatusExpired,
	} {
		t.Run(string(atEnd), func(t *testing.T) {
			t.Parallel()
			b := setupTrials(t)
			end := do(b, startTrial(b, "pro-try", atEnd)).Trial.End
			for _, member := range []string{"a", "b", "c"} {
				do(b, allocate(member, seating.RoleMember, seating.StatusActive, nil))
			}
			b.now = end.Add(time.Hour)
			refused(b, "no_seat_available", allocate("d", seating.RoleMember, seating.StatusActive, nil))
			_, _, events, err := try(b, command.ReleaseSeat("acme", "a"))
			if ended := facts[trial.Ended](events); err != nil || len(ended) != 1 || ended[0] != (trial.Ended{Status: status, EndedAt: end}) {
				t.Errorf("%v, %v", events, err)
			}
			want := seating.LimitsChanged{Source: seating.SourceFree, Product: "free", Purchased: 2, GuestsPerSeat: 5}
			if atEnd == subscription.AtEndPause {
				want = seating.LimitsChanged{Source: seating.SourceSubscription, Product: "pro", Purchased: 5, GuestsPerSeat: 3, Closed: true}
			}
			if changed := facts[seating.LimitsChanged](events); len(changed) != 1 || changed[0] != want {
				t.Errorf("%+v", changed)
			}
		})
	}
}

// TestRemindTrial: once, three days before the end, and again before a later one. What happens to a trial later than its
// reminder was due brings that with it.
func TestRemindTrial(t *testing.T) {
	t.Parallel()
	b := setupTrials(t)
	end := do(b, startTrial(b, "pro-try", subscription.AtEndFree)).Trial.End
	remind := func(now time.Time, times int) {
		t.Helper()
		b.now = now
		_, _, events, err := try(b, command.RemindTrial("acme", "main"))
		if err != nil || len(facts[trial.Reminded](events)) != times || len(events) != times {
			t.Errorf("at %s: %v, %v", now, types(events), err)
		}
	}
	remind(end.AddDate(0, 0, -3).Add(-time.Microsecond), 0)
	remind(end.AddDate(0, 0, -3), 1)
	remind(end.AddDate(0, 0, -2), 0)
	extend := func(days, reminders int) {
		t.Helper()
		_, _, events, err := try(b, command.ExtendTrial("acme", subscription.ExtendTrial{End: end.AddDate(0, 0, days), Reason: "nice"}))
		if err != nil || len(facts[trial.Reminded](events)) != reminders {
			t.Errorf("%v, %v", types(events), err)
		}
	}
	extend(5, 0)
	remind(end.AddDate(0, 0, 3), 1)
	extend(9, 0)
	b.now = end.AddDate(0, 0, 7)
	extend(19, 1)
	b.now = end.AddDate(0, 0, 30)
	_, _, events, err := try(b, create("pro-month", 5))
	if reminded := facts[trial.Reminded](events); err != nil || len(reminded) != 1 || len(facts[trial.Ended](events)) != 1 {
		t.Errorf("%v, %v", types(events), err)
	}
	for _, e := range events {
		if _, ok := e.Fact.(trial.Reminded); ok && !e.EffectiveAt.Equal(end.AddDate(0, 0, 16)) {
			t.Errorf("reminded at %s", e.EffectiveAt)
		}
	}
	remind(b.now, 0)
	_, _, events, err = try(b, command.RemindTrial("birch", "main"))
	if err != nil || events != nil {
		t.Errorf("of no trial: %v, %v", types(events), err)
	}
}

// TestSeatsOfALateLedger: bills that wait for an operator keep nobody from the seats. What is only told happens on the way.
func TestSeatsOfALateLedger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, create("pro-month", 1))
	b.now = b.now.AddDate(1, 0, 0)
	refused(b, "too_far_behind", command.ChangeSeats("acme", subscription.ChangeSeats{Billing: billing(), Seats: 2}))
	_, _, events, err := try(b, allocate("ada", seating.RoleMember, seating.StatusActive, nil))
	if err != nil || !slices.Equal(types(events), []string{"notice:acme notice.invoice_upcoming.v1", "seating:acme seating.allocated.v1"}) {
		t.Errorf("%v, %v", types(events), err)
	}
}
