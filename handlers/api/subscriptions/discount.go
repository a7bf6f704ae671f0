package subscriptions

import (
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// discountBody is the body of POST …/subscription/discount.
type discountBody struct {
	Coupon string `json:"coupon" example:"welcome"`
}

func applyDiscount(c *endpoint.Call, b discountBody) command.Command[command.Subscription] {
	return command.ApplyDiscount(c.Workspace(), b.Coupon)
}
