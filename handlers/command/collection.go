package command

import "github.com/tallystick/tallystick/domain/subscription"

// ChangeCollection changes how invoices are paid.
func ChangeCollection(name string, c subscription.ChangeCollection) Command[Subscription] {
	return onSubscriptionAlone(name, c)
}
