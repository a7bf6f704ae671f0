package command

import (
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// ChangeCollection changes how invoices are paid.
func ChangeCollection(workspace string, c subscription.ChangeCollection) Command[Subscription] {
	return manage(workspace, c)
}

// ApplyDiscount takes something off the periods to come.
func ApplyDiscount(workspace, coupon string) Command[Subscription] {
	return onSubscription(workspace, "", func(w *books) (subscription.Command, error) {
		return subscription.ApplyDiscount{Coupon: coupon, Discount: w.discount(coupon)}, nil
	})
}

// RemoveDiscount ends a discount.
func RemoveDiscount(workspace string) Command[Subscription] {
	return manage(workspace, subscription.RemoveDiscount{})
}

// manage decides a command that needs nothing of any other stream and makes no invoice.
func manage(workspace string, c subscription.Command) Command[Subscription] {
	return onSubscription(workspace, "", func(*books) (subscription.Command, error) { return c, nil })
}

// discount is that of a coupon, nil when there is none of this code.
func (w *books) discount(coupon string) *pricing.Discount {
	if discount, ok := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Coupon(coupon); ok {
		return &discount
	}
	return nil
}
