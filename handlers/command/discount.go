package command

import (
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// ApplyDiscount gives the subscription a coupon's discount from its next period on.
func ApplyDiscount(name, coupon string) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		return subscription.ApplyDiscount{Coupon: coupon, Discount: w.discount(coupon)}, nil
	})
}

// RemoveDiscount ends the subscription's discount.
func RemoveDiscount(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.RemoveDiscount{})
}

// discount returns the discount of a coupon, nil when there is no coupon of this code.
func (w *workspace) discount(coupon string) *pricing.Discount {
	if discount, ok := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Coupon(coupon); ok {
		return &discount
	}
	return nil
}
