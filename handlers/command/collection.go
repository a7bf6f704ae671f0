package command

import "github.com/tallystick/tallystick/domain/subscription"

// ChangeCollection changes how invoices are paid. A payment method that is named becomes the default.
func ChangeCollection(name string, c subscription.ChangeCollection) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		c := c
		var err error
		if c.PaymentMethod, err = w.named(c.PaymentMethod); err != nil {
			return nil, err
		}
		return c, w.prefer()
	})
}
