package command

import (
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// ApplyDiscount takes something off the periods to come.
func ApplyDiscount(name, coupon string) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		return subscription.ApplyDiscount{Coupon: coupon, Discount: w.discount(coupon)}, nil
	})
}

// RemoveDiscount ends a discount.
func RemoveDiscount(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.RemoveDiscount{})
}

// discount is that of a coupon, nil when there is none of this code.
func (w *workspace) discount(coupon string) *pricing.Discount {
	if discount, ok := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Coupon(coupon); ok {
		return &discount
	}
	return nil
}
