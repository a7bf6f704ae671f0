package api

import (
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
)

// upgradeBody is the body of POST …/subscription/upgrade.
type upgradeBody struct {
	Price string  `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"team-month"`
	Quote *string `json:"quote,omitempty" doc:"Of a preview of the same change."`
}

// downgradeBody is the body of POST …/subscription/downgrade.
type downgradeBody struct {
	Price string `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
}

// changeSeatsBody is the body of POST …/subscription/seats.
type changeSeatsBody struct {
	Seats int64   `json:"seats" minimum:"1" maximum:"1000000" example:"8" doc:"The new total."`
	Quote *string `json:"quote,omitempty" doc:"Of a preview of the same change."`
}

// changeRoutes change the plan and the number of seats.
func changeRoutes() []route {
	return []route{
		commandRoute(upgradeRoute, upgrade, viewSubscriptionResult),
		commandRoute(downgradeRoute, func(c *call, b downgradeBody) command.Command[command.Subscription] {
			return command.DowngradeSubscription(c.workspace(), subscription.Downgrade{Change: newID(), Price: b.Price})
		}, viewSubscriptionResult),
		commandRoute(changeSeatsRoute, changeSeats, viewSubscriptionResult),
		commandRoute(removeUnusedSeatsRoute, func(c *call, _ noBody) command.Command[command.Subscription] {
			return command.RemoveUnusedSeats(c.workspace(), newID())
		}, viewSubscriptionResult),
		commandRoute(cancelPendingChangeRoute, func(c *call, _ noBody) command.Command[command.Subscription] {
			return command.CancelPendingChange(c.workspace())
		}, viewSubscriptionResult),
		commandRoute(cancelPendingUpdateRoute, func(c *call, _ noBody) command.Command[command.Subscription] {
			return command.CancelPendingUpdate(c.workspace())
		}, viewSubscriptionResult),
	}
}

func upgrade(c *call, b upgradeBody) command.Command[command.Subscription] {
	quote, err := c.quotes().decode(b.Quote)
	if err != nil {
		return command.Refuse[command.Subscription](subscription.Stream(c.workspace()), err)
	}
	return command.UpgradeSubscription(c.workspace(), subscription.Upgrade{Billing: newBilling(), Price: b.Price, Quote: quote})
}

func changeSeats(c *call, b changeSeatsBody) command.Command[command.Subscription] {
	quote, err := c.quotes().decode(b.Quote)
	if err != nil {
		return command.Refuse[command.Subscription](subscription.Stream(c.workspace()), err)
	}
	return command.ChangeSeats(c.workspace(), subscription.ChangeSeats{Billing: newBilling(), Seats: b.Seats, Quote: quote})
}
