package command

import (
	"github.com/tallystick/tallystick/domain/subscription"
)

// CancelSubscription ends a subscription. Of c, the caller gives When, Settlement and ids.
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

// UncancelSubscription lets a subscription go on that was to end.
func UncancelSubscription(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.Uncancel{})
}

// PauseSubscription stops service and bills. The caller gives the ids.
func PauseSubscription(name string, c subscription.Pause) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(*workspace) (subscription.Command, error) { return c, nil })
}

// ResumeSubscription starts service and bills again. Of c, the caller gives Anchor and ids.
func ResumeSubscription(name string, c subscription.Resume) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		var err error
		c.Credit, err = w.ownCredit()
		return c, err
	})
}
