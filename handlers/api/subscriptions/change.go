package subscriptions

import (
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// upgradeBody is the body of POST …/subscription/upgrade.
type upgradeBody struct {
	Price string  `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-year"`
	Quote *string `json:"quote,omitempty" doc:"Of a preview of the same change."`
}

// downgradeBody is the body of POST …/subscription/downgrade.
type downgradeBody struct {
	Price string `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
	Seats *int64 `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"From those in use to today's; those of a pending change, or else today's, when it is not given."`
}

// changeSeatsBody is the body of POST …/subscription/seats.
type changeSeatsBody struct {
	Seats int64   `json:"seats" minimum:"1" maximum:"1000000" example:"8" doc:"The new total."`
	Quote *string `json:"quote,omitempty" doc:"Of a preview of the same change."`
}

func upgrade(c *endpoint.Call, b upgradeBody) command.Command[command.Subscription] {
	quote, err := quotesOf(c).decode(b.Quote)
	if err != nil {
		return command.Refuse[command.Subscription](subscription.Stream(c.Workspace()), err)
	}
	return command.UpgradeSubscription(c.Workspace(), subscription.Upgrade{Billing: newBilling(), Price: b.Price, Quote: quote})
}

// Upgrade asks for another price as the API does, by the text of a quote, or without one where that is empty.
func Upgrade(c *endpoint.Call, price, quote string) command.Command[command.Subscription] {
	return upgrade(c, upgradeBody{Price: price, Quote: endpoint.OrNull(quote)})
}

// ChangeSeats asks for a number of seats as the API does, by the text of a quote, or without one where that is empty.
func ChangeSeats(c *endpoint.Call, seats int64, quote string) command.Command[command.Subscription] {
	return changeSeats(c, changeSeatsBody{Seats: seats, Quote: endpoint.OrNull(quote)})
}

// Downgrade asks for another price from the next period on, as the API does.
func Downgrade(c *endpoint.Call, price string) command.Command[command.Subscription] {
	return downgrade(c, downgradeBody{Price: price})
}

// Cancel asks for the end of the subscription as the API does.
func Cancel(c *endpoint.Call, when string) command.Command[command.Subscription] {
	return cancel(c, cancelBody{When: when})
}

func downgrade(c *endpoint.Call, b downgradeBody) command.Command[command.Subscription] {
	return command.DowngradeSubscription(c.Workspace(), subscription.Downgrade{
		Change: endpoint.NewID(), Price: b.Price, Seats: b.Seats,
	})
}

func changeSeats(c *endpoint.Call, b changeSeatsBody) command.Command[command.Subscription] {
	quote, err := quotesOf(c).decode(b.Quote)
	if err != nil {
		return command.Refuse[command.Subscription](subscription.Stream(c.Workspace()), err)
	}
	return command.ChangeSeats(c.Workspace(), subscription.ChangeSeats{Billing: newBilling(), Seats: b.Seats, Quote: quote})
}

func removeUnusedSeats(c *endpoint.Call) command.Command[command.Subscription] {
	return command.RemoveUnusedSeats(c.Workspace(), endpoint.NewID())
}
