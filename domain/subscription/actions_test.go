package subscription

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// sensible gives commands for each action which only the state of a subscription could refuse.
func sensible(s State, now time.Time) map[string][]Command {
	b := Billing{Change: "c", Invoice: "i"}
	settlement := SettlementNone
	open := func(price string, tier int) pricing.Terms {
		return with(s.Terms, func(t *pricing.Terms) { t.Price, t.Tier, t.MinSeats, t.MaxSeats = price, s.Terms.Tier+tier, 0, nil })
	}
	var trialEnd time.Time
	if s.Trial != nil {
		trialEnd = s.Trial.End.AddDate(0, 0, 1)
	}
	atEnd := ConvertTrialEnd
	return map[string][]Command{
		ActionCreate:              {Create{Billing: b, ID: "new", Terms: pro, Seats: 3, Collection: CollectionSendInvoice}},
		ActionUpgrade:             {Upgrade{Billing: b, Terms: open("better", 1)}},
		ActionDowngrade:           {Downgrade{Change: "c", Terms: open("worse", -1)}},
		ActionChangeSeats:         {ChangeSeats{Billing: b, Seats: s.Seats + 1}, ChangeSeats{Billing: b, Seats: s.Seats - 1}},
		ActionRemoveUnusedSeats:   {RemoveUnusedSeats{Change: "c"}},
		ActionCancelPendingChange: {CancelPendingChange{}},
		ActionCancelPendingUpdate: {CancelPendingUpdate{}},
		ActionCancel:              {Cancel{Billing: b, When: CancelNow, Settlement: &settlement}},
		ActionUncancel:            {Uncancel{}},
		ActionPause:               {Pause{Billing: b}},
		ActionResume:              {Resume{Billing: b}},
		ActionChangeCollection:    {ChangeCollection{Collection: CollectionSendInvoice}},
		ActionApplyDiscount:       {ApplyDiscount{Coupon: "half", Discount: &half}},
		ActionRemoveDiscount:      {RemoveDiscount{}},
		ActionConvertTrial:        {ConvertTrial{Billing: b}, ConvertTrial{Billing: b, Anchor: &atEnd}},
		ActionCancelTrial:         {CancelTrial{}},
		ActionExtendTrial:         {ExtendTrial{End: trialEnd, Reason: "nice"}},
	}
}

// ofState lists the codes by which a state refuses.
var ofState = []string{"invalid_transition", "change_in_progress", "payment_past_due", "no_subscription", "no_discount", "subscription_exists", "end_invalid"}

// Whatever was done before: an action is listed if and only if the state does not refuse it.
func TestActionsAreWhatWorks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state, at := State{}, day(2026, 6, 1)
		for n := range rapid.IntRange(5, 25).Draw(t, "commands") {
			at = at.Add(time.Duration(rapid.IntRange(0, 12*24).Draw(t, "hours")) * time.Hour)
			state = caughtUp(t, state, at)
			if events, err := Decide(state, drawChange(t, state, at, n), domain.Meta{Now: at}); err == nil {
				state = fold(state, events)
			} else if _, refused := errors.AsType[*domain.Rejection](err); !refused {
				t.Fatal(err)
			}
			state = caughtUp(t, state, at) // what a gateway no longer holds up is due at once
			var pastDue []string
			if rapid.IntRange(0, 3).Draw(t, "past due") == 0 {
				pastDue = append(pastDue, "one-off")
			}
			checkActions(t, state.WithPastDue(pastDue), at)
		}
	})
}

func checkActions(t *rapid.T, s State, now time.Time) {
	listed := s.AvailableActions(now)
	for action, commands := range sensible(s, now) {
		works := false
		for _, command := range commands {
			_, err := Decide(s, command, domain.Meta{Now: now})
			rejection, refused := errors.AsType[*domain.Rejection](err)
			if err != nil && !refused {
				t.Fatalf("%s: %v", action, err)
			}
			works = works || !refused || !slices.Contains(ofState, rejection.Code)
		}
		if works != slices.Contains(listed, action) {
			t.Fatalf("%s works: %v; %v are listed of %s at %v with\nend %+v\nchange %+v\nupdate %+v", action, works, listed, s.Status, now,
				s.Cancellation, s.PendingChange, s.PendingUpdate)
		}
	}
}

// caughtUp carries out what is due.
func caughtUp(t *rapid.T, s State, at time.Time) State {
	for n := 0; s.isDue(at); n++ {
		run := withLadder(s, Run{Billing: Billing{Change: "r", Invoice: fmt.Sprintf("r%d-%v", n, at)}, Operator: true}, at)
		events, err := Decide(s, run, domain.Meta{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		s = fold(s, events)
	}
	return s
}

// drawChange draws something to do with a subscription, mostly something that it allows.
func drawChange(t *rapid.T, s State, now time.Time, n int) Command {
	b := Billing{Change: fmt.Sprintf("c%d", n), Invoice: fmt.Sprintf("i%d", n)}
	collection := rapid.SampledFrom([]Collection{CollectionAutomatic, CollectionSendInvoice}).Draw(t, "collection")
	if !s.Live() {
		if rapid.Bool().Draw(t, "trial") {
			return StartTrial{ID: fmt.Sprint(n), Terms: pro, SeatsInUse: 3}
		}
		return Create{Billing: b, ID: fmt.Sprint(n), Terms: pro, Seats: 4, Collection: collection}
	}
	seats := rapid.Int64Range(2, 6).Draw(t, "seats")
	later := now.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days")).Format(time.RFC3339)
	settlement := SettlementCredit
	unchanged, atEnd := ResumeUnchanged, ConvertTrialEnd
	lastEnd := now
	if s.Trial != nil {
		lastEnd = s.Trial.lastEnd()
	}
	commands := []Command{
		Downgrade{Change: b.Change, Terms: basic, Seats: &seats}, Downgrade{Change: b.Change, Terms: small, Seats: fewer},
		ChangeSeats{Billing: b, Seats: seats}, ChangeSeats{Billing: b, Seats: seats},
		Upgrade{Billing: b, Terms: rapid.SampledFrom([]pricing.Terms{pro, business, proYear}).Draw(t, "upgrade")},
		Cancel{Billing: b, When: later, Settlement: &settlement}, Cancel{Billing: b, When: CancelPeriodEnd, Settlement: &settlement},
		Uncancel{}, Pause{Billing: b}, Resume{Billing: b}, Resume{Billing: b, Anchor: &unchanged}, CancelPendingUpdate{},
		ChangeCollection{Collection: collection}, ApplyDiscount{Coupon: "half", Discount: &half},
		ExtendTrial{End: now.AddDate(0, 0, 10), Reason: "nice"}, ExtendTrial{End: lastEnd, Reason: "nice"}, ConvertTrial{Billing: b, Collection: &collection}, ConvertTrial{Billing: b, Anchor: &atEnd}, RemoveUnusedSeats{Change: b.Change},
	}
	if s.PendingUpdate != nil {
		commands = append(commands, Complete{Invoice: s.PendingUpdate.Invoice}, Complete{Invoice: s.PendingUpdate.Invoice})
	}
	for _, owed := range s.Owed {
		commands = append(commands, Settle{Invoice: owed.Invoice}, Hold{Invoice: owed.Invoice}, Release{Invoice: owed.Invoice},
			MissPayment{Invoice: owed.Invoice, Ladder: ladderOf(s, owed.Invoice, now)})
	}
	return rapid.SampledFrom(commands).Draw(t, "command")
}
