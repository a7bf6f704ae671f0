package command

import (
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// UpgradeSubscription changes to a better price at once. The caller fills in the price, the quote and the ids of c. It
// refuses as [CreateSubscription] does.
func UpgradeSubscription(name string, c subscription.Upgrade) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		var err error
		if c.Terms, err = w.termsOf(c.Price); err != nil {
			return nil, err
		}
		c.SeatsInUse, c.Version = w.seatsInUse(), w.version()
		return c, w.fund(&c.Billing, w.subscription().Terms.Currency)
	})
}

// DowngradeSubscription changes to another price at the period's end. The caller fills in the price, Seats and the id of c.
// It refuses as [CreateSubscription] does.
func DowngradeSubscription(name string, c subscription.Downgrade) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		c := c
		c.SeatsInUse = w.seatsInUse()
		var err error
		c.Terms, err = w.termsOf(c.Price)
		return c, err
	})
}

// ChangeSeats changes the number of seats. The caller fills in Seats, the quote and the ids of c.
func ChangeSeats(name string, c subscription.ChangeSeats) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		c.SeatsInUse, c.Version = w.seatsInUse(), w.version()
		return c, w.fund(&c.Billing, w.subscription().Terms.Currency)
	})
}

// RemoveUnusedSeats lowers the number of seats to those in use. The id names the change.
func RemoveUnusedSeats(name, id string) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		return subscription.RemoveUnusedSeats{Change: id, SeatsInUse: w.seatsInUse()}, nil
	})
}

// CancelPendingChange takes back a change that waits for the period's end.
func CancelPendingChange(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.CancelPendingChange{})
}

// CancelPendingUpdate takes back an update that waits for money, and its invoice.
func CancelPendingUpdate(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.CancelPendingUpdate{})
}

// termsOf returns the terms of a price to change to. The subscription's present price need not be for sale any more, and
// without a subscription no price matters. It refuses with name_invalid, price_not_found, price_archived or
// product_archived.
func (w *workspace) termsOf(price string) (pricing.Terms, error) {
	if err := checkPrice(price); err != nil {
		return pricing.Terms{}, err
	}
	current := w.subscription()
	if !current.Live() || price == current.Terms.Price {
		return current.Terms, nil
	}
	return eventstore.StateOf[catalog.State](w.d, catalog.Stream()).ForSale(price)
}

// version returns the version of the subscription's stream after the deadlines that were due.
func (w *workspace) version() int64 { return w.d.Version(subscription.Stream(w.name)) }
