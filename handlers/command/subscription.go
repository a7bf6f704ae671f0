package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Subscription is a subscription as a command leaves it.
type Subscription struct {
	Workspace string
	State     subscription.State
	Version   int64
	Actions   []string // what the state allows next
}

// CreateSubscription buys a subscription and opens its seats. Of c, the caller gives all but Terms and SeatsInUse.
// Refused with price_not_found, price_archived, product_archived, name_invalid and what the subscription refuses.
func CreateSubscription(workspace string, c subscription.Create) Command[Subscription] {
	return onSubscription(workspace, func(d *eventstore.Decision) (subscription.Command, error) {
		var err error
		c := c
		c.SeatsInUse = seatsInUse(d, workspace)
		if err := checkPrice(c.Price); err != nil {
			return nil, err
		}
		c.Terms, err = eventstore.StateOf[catalog.State](d, catalog.Stream()).ForSale(c.Price)
		return c, err
	})
}

// UpgradeSubscription changes to a better price at once. Of c, the caller gives the price. Refused as
// [CreateSubscription] is, and with quote_not_found.
func UpgradeSubscription(workspace string, c subscription.Upgrade, quote *string) Command[Subscription] {
	return onSubscription(workspace, func(d *eventstore.Decision) (subscription.Command, error) {
		var err error
		c := c
		if err := checkPrice(c.Price); err != nil {
			return nil, err
		}
		current := eventstore.StateOf[subscription.State](d, subscription.Stream(workspace))
		// The present price is no sale, so that it may be archived; and without a subscription no price matters.
		if c.Terms = current.Terms; current.Live() && c.Price != current.Terms.Price {
			if c.Terms, err = eventstore.StateOf[catalog.State](d, catalog.Stream()).ForSale(c.Price); err != nil {
				return nil, err
			}
		}
		return c, checkQuote(quote)
	})
}

// ChangeSeats asks for another number of seats. Of c, the caller gives Seats. Refused with quote_not_found and what the
// subscription refuses.
func ChangeSeats(workspace string, c subscription.ChangeSeats, quote *string) Command[Subscription] {
	return onSubscription(workspace, func(d *eventstore.Decision) (subscription.Command, error) {
		c := c
		c.SeatsInUse = seatsInUse(d, workspace)
		return c, checkQuote(quote)
	})
}

// onSubscription decides a command on the workspace's subscription and gives the seat pool what was bought, both in one
// group: nobody ever sees the one without the other.
func onSubscription(workspace string, complete func(*eventstore.Decision) (subscription.Command, error)) Command[Subscription] {
	stream, pool := subscription.Stream(workspace), seating.Stream(workspace)
	return Command[Subscription]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream, pool},
		Decide: func(d *eventstore.Decision) (Subscription, error) {
			c, err := complete(d)
			if err != nil {
				return Subscription{}, err
			}
			after, err := apply(d, stream, subscription.Decide, c)
			if err != nil {
				return Subscription{}, err
			}
			if _, err := apply(d, pool, seating.Decide, seating.Command(seating.SetLimits{Limits: bought(after)})); err != nil {
				return Subscription{}, err
			}
			return Subscription{
				Workspace: workspace,
				State:     after,
				Version:   d.Version(stream),
				Actions:   after.AvailableActions(d.Now()),
			}, nil
		},
	}
}

// bought is what a subscription's seat pool may hold.
func bought(s subscription.State) seating.Limits {
	return seating.Limits{
		Source: seating.SourceSubscription, Product: s.Terms.Product, Purchased: s.Seats, GuestsPerSeat: s.Terms.GuestsPerSeat,
	}
}

func seatsInUse(d *eventstore.Decision, workspace string) int64 {
	return eventstore.StateOf[seating.State](d, seating.Stream(workspace)).At(d.Now()).SeatsInUse()
}

// checkPrice checks name_invalid: no code breaks the rule, and one that does is not worth repeating to the client.
func checkPrice(code string) error {
	var check domain.Check
	check.Name("/price", code)
	return check.Rejection()
}

// checkQuote checks quote_not_found: nothing makes quotes yet.
func checkQuote(quote *string) error {
	var check domain.Check
	check.Require(quote == nil, "/quote", "quote_not_found", "there is no such quote")
	return check.Rejection()
}
