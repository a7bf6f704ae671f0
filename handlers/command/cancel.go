package command

import (
	"github.com/tallystick/tallystick/domain/subscription"
)

// CancelSubscription ends a subscription. The caller fills in When, Settlement and the ids of c.
func CancelSubscription(name string, c subscription.Cancel) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		if c.Settlement != nil && *c.Settlement == subscription.SettlementRefund && w.subscription().Live() {
			var err error
			if c.Paid, err = w.paid(); err != nil {
				return nil, err
			}
		}
		return c, nil
	})
}

// UncancelSubscription takes a cancellation back that has not come into force.
func UncancelSubscription(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.Uncancel{})
}

// PauseSubscription stops service and bills. The caller fills in the ids of c.
func PauseSubscription(name string, c subscription.Pause) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(*workspace) (subscription.Command, error) { return c, nil })
}

// ResumeSubscription starts service and bills again. The caller fills in Anchor and the ids of c.
func ResumeSubscription(name string, c subscription.Resume) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		c.SeatsInUse = w.seatsInUse()
		var err error
		c.Credit, err = w.ownCredit()
		return c, err
	})
}
