package command

import (
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// UpgradeSubscription changes to a better price at once. Of c, the caller gives the price, the quote and ids. Refused as
// [CreateSubscription] is.
func UpgradeSubscription(name string, c subscription.Upgrade) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		var err error
		if c.Terms, err = w.termsOf(c.Price); err != nil {
			return nil, err
		}
		c.Version = w.version()
		c.Credit, err = w.ownCredit()
		return c, err
	})
}

// DowngradeSubscription changes to another price at the period's end. Of c, the caller gives the price and the id.
// Refused as [CreateSubscription] is.
func DowngradeSubscription(name string, c subscription.Downgrade) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		c := c
		var err error
		c.Terms, err = w.termsOf(c.Price)
		return c, err
	})
}

// ChangeSeats asks for another number of seats. Of c, the caller gives Seats, the quote and ids.
func ChangeSeats(name string, c subscription.ChangeSeats) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		c.SeatsInUse, c.Version = w.seatsInUse(), w.version()
		var err error
		c.Credit, err = w.ownCredit()
		return c, err
	})
}

// RemoveUnusedSeats asks for as many seats as are in use. The id is the change's.
func RemoveUnusedSeats(name, id string) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		return subscription.RemoveUnusedSeats{Change: id, SeatsInUse: w.seatsInUse()}, nil
	})
}

// CancelPendingChange takes back what waits for the period's end.
func CancelPendingChange(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.CancelPendingChange{})
}

// CancelPendingUpdate takes back what waits for money, and its invoice.
func CancelPendingUpdate(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.CancelPendingUpdate{})
}

// termsOf are the terms of a price to change to. The present price is no sale, so that it may be archived; and without a
// subscription no price matters. Refused with name_invalid, price_not_found, price_archived and product_archived.
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

// ownCredit is the account's in the subscription's currency.
func (w *workspace) ownCredit() (money.Amount, error) {
	s := w.subscription()
	if s.ID == "" {
		return money.Amount{}, nil
	}
	return w.credit(s.Terms.Currency)
}

// version is that of the subscription's stream, with what was due.
func (w *workspace) version() int64 { return w.d.Version(subscription.Stream(w.name)) }
