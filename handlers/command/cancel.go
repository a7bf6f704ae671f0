package command

import (
	"github.com/tallystick/tallystick/domain/subscription"
)

// CancelSubscription ends a subscription. The caller fills in When, Settlement and the id of c.
func CancelSubscription(name string, c subscription.Cancel) Command[Subscription] {
	return onSubscriptionAlone(name, c)
}

// UncancelSubscription takes a cancellation back that has not come into force.
func UncancelSubscription(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.Uncancel{})
}

// PauseSubscription stops service and bills. The caller fills in the id of c.
func PauseSubscription(name string, c subscription.Pause) Command[Subscription] {
	return onSubscriptionAlone(name, c)
}

// ResumeSubscription starts service and bills again. The caller fills in Anchor and the ids of c.
func ResumeSubscription(name string, c subscription.Resume) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		c.SeatsInUse = w.seatsInUse()
		return c, w.fund(&c.Billing, w.subscription().Terms.Currency)
	})
}
