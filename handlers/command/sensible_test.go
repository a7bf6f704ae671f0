package command_test

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// sensible makes commands of an action which nothing but what the list knows could refuse: of prices and seats that can be had.
// There is none where no price can be.
func (l *lived) sensible(a act, action string) (commands []eventstore.Command) {
	s, b := l.subscription(), subscription.Billing{Change: "c" + a.name, Invoice: "i" + a.name}
	inUse := eventstore.RehearsedState[seating.State](l.rehearsal, seating.Stream("w")).At(a.at).SeatsInUse()
	switch action {
	case subscription.ActionCreate:
		commands = append(commands, plain(command.CreateSubscription("w", subscription.Create{
			Billing: b, ID: "s" + a.name, Price: "middle", Seats: max(inUse, 1), Collection: a.collection,
		})))
	case subscription.ActionUpgrade:
		for _, price := range l.fitting(s, pricing.ChangeUpgrade, inUse) {
			commands = append(commands, plain(command.UpgradeSubscription("w", subscription.Upgrade{Billing: b, Price: price})))
		}
	case subscription.ActionDowngrade:
		for _, price := range l.fitting(s, pricing.ChangeDowngrade, inUse) {
			commands = append(commands, plain(command.DowngradeSubscription("w", subscription.Downgrade{Change: b.Change, Price: price})))
		}
	case subscription.ActionChangeSeats:
		for _, seats := range []int64{s.Seats - 1, s.Seats, s.Seats + 1} {
			if seats >= max(1, inUse) && allows(s, seats) {
				commands = append(commands, plain(command.ChangeSeats("w", subscription.ChangeSeats{Billing: b, Seats: seats})))
			}
		}
	case subscription.ActionConvertTrial:
		for _, anchor := range []subscription.ConvertAnchor{subscription.ConvertNow, subscription.ConvertTrialEnd} {
			commands = append(commands, plain(command.ConvertTrial("w", subscription.ConvertTrial{Billing: b, Anchor: &anchor})))
		}
	case subscription.ActionExtendTrial:
		if s.Trial == nil {
			return nil
		}
		commands = append(commands, plain(command.ExtendTrial("w", subscription.ExtendTrial{End: s.Trial.End.AddDate(0, 0, 1), Reason: "slow"})))
	default:
		a.do, a.coupon = action, "p-forever"
		commands = append(commands, *l.command(a))
	}
	return commands
}

// fitting lists the prices that a subscription can change to, with the seats of today and those that wait.
func (l *lived) fitting(s subscription.State, change pricing.Change, inUse int64) (codes []string) {
	for _, price := range l.sold {
		terms, err := eventstore.RehearsedState[catalog.State](l.rehearsal, catalog.Stream()).ForSale(price.Code)
		if err != nil {
			l.t.Fatalf("%v", err)
		}
		seats := []int64{s.Seats, max(inUse, 1)}
		if s.PendingChange != nil {
			seats = append(seats, s.PendingChange.Seats)
		}
		passesEnd := s.Cancellation != nil && terms.Cycle() != s.Terms.Cycle()
		if s.ChangeTo(terms) == change && !passesEnd && !slices.ContainsFunc(seats, func(n int64) bool { return !terms.AllowsSeats(n) }) {
			codes = append(codes, price.Code)
		}
	}
	return codes
}

// allows reports whether seats can be had at today's price and at the one that waits.
func allows(s subscription.State, seats int64) bool {
	return s.Terms.AllowsSeats(seats) && (s.PendingChange == nil || s.PendingChange.Terms.AllowsSeats(seats))
}

// standing gives the subscription with what the account knows of it.
func (l *lived) standing(at time.Time) subscription.State {
	return l.subscription().WithPastDue(eventstore.RehearsedState[account.State](l.rehearsal, account.Stream("w")).PastDue(at))
}
