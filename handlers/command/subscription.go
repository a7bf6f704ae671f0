package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Subscription is a subscription as a command leaves it.
type Subscription struct {
	Workspace string
	State     subscription.State
	Version   int64
	Actions   []string // what the state allows next
	Invoice   *string  // that the command made, nil for none
}

// Waits reports whether what was asked for waits for money.
func (s Subscription) Waits() bool {
	return s.Invoice != nil && s.State.PendingUpdate != nil && s.State.PendingUpdate.Invoice == *s.Invoice
}

// CreateSubscription buys a subscription and opens its seats. Of c, the caller gives all but Terms, Discount, Credit and
// SeatsInUse. Refused with price_not_found, price_archived, product_archived, name_invalid and what the subscription
// refuses.
func CreateSubscription(workspace string, c subscription.Create) Command[Subscription] {
	return onSubscription(workspace, c.Invoice, func(w *books) (subscription.Command, error) {
		c := c
		if err := checkPrice(c.Price); err != nil {
			return nil, err
		}
		shop := eventstore.StateOf[catalog.State](w.d, catalog.Stream())
		var err error
		if c.Terms, err = shop.ForSale(c.Price); err != nil {
			return nil, err
		}
		if c.Coupon != nil {
			if discount, ok := shop.Coupon(*c.Coupon); ok {
				c.Discount = &discount
			}
		}
		c.SeatsInUse = w.seatsInUse()
		c.Credit, err = w.credit(c.Terms.Currency)
		return c, err
	})
}

// UpgradeSubscription changes to a better price at once. Of c, the caller gives the price and ids. Refused as
// [CreateSubscription] is, and with quote_not_found.
func UpgradeSubscription(workspace string, c subscription.Upgrade, quote *string) Command[Subscription] {
	return onSubscription(workspace, c.Invoice, func(w *books) (subscription.Command, error) {
		c := c
		if err := checkPrice(c.Price); err != nil {
			return nil, err
		}
		var err error
		if c.Terms, err = w.termsOf(c.Price); err != nil {
			return nil, err
		}
		if c.Credit, err = w.ownCredit(); err != nil {
			return nil, err
		}
		return c, checkQuote(quote)
	})
}

// ChangeSeats asks for another number of seats. Of c, the caller gives Seats and ids. Refused with quote_not_found and
// what the subscription refuses.
func ChangeSeats(workspace string, c subscription.ChangeSeats, quote *string) Command[Subscription] {
	return onSubscription(workspace, c.Invoice, func(w *books) (subscription.Command, error) {
		c := c
		var err error
		if c.Credit, err = w.ownCredit(); err != nil {
			return nil, err
		}
		c.SeatsInUse = w.seatsInUse()
		return c, checkQuote(quote)
	})
}

// onSubscription decides a command on the workspace's subscription with all that follows from it, in one group: nobody
// ever sees the one without the other. What is due by then happens first. The id is of the invoice that may come of it,
// empty where none does.
func onSubscription(name, invoiceID string, complete func(*books) (subscription.Command, error)) Command[Subscription] {
	stream := subscription.Stream(name)
	writes := []domain.Stream{stream, seating.Stream(name), account.Stream(name)}
	if invoiceID != "" {
		writes = append(writes, numbering.Stream(), invoice.Stream(invoiceID))
	}
	return Command[Subscription]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   writes,
		Decide: func(d *eventstore.Decision) (Subscription, error) {
			w := &books{d: d, name: name}
			if err := w.catchUp(); err != nil {
				return Subscription{}, err
			}
			c, err := complete(w)
			if err != nil {
				return Subscription{}, err
			}
			if err := w.change(c, d.Now()); err != nil {
				return Subscription{}, err
			}
			after := w.subscription()
			return Subscription{
				Workspace: name,
				State:     after,
				Version:   d.Version(stream),
				Actions:   after.AvailableActions(d.Now()),
				Invoice:   w.invoice,
			}, nil
		},
	}
}

// termsOf are the terms of a price to change to. The present price is no sale, so that it may be archived; and without a
// subscription no price matters.
func (w *books) termsOf(price string) (pricing.Terms, error) {
	current := w.subscription()
	if !current.Live() || price == current.Terms.Price {
		return current.Terms, nil
	}
	return eventstore.StateOf[catalog.State](w.d, catalog.Stream()).ForSale(price)
}

// ownCredit is the account's in the subscription's currency.
func (w *books) ownCredit() (money.Amount, error) {
	s := w.subscription()
	if s.ID == "" {
		return money.Amount{}, nil
	}
	return w.credit(s.Terms.Currency)
}

func (w *books) seatsInUse() int64 {
	return eventstore.StateOf[seating.State](w.d, seating.Stream(w.name)).At(w.d.Now()).SeatsInUse()
}

// checkPrice checks name_invalid: no code breaks the rule, and one that does is not worth repeating to the client.
func checkPrice(code string) error {
	var check domain.Check
	check.Name("/price", code)
	return check.Rejection()
}

// checkQuote checks quote_not_found: nothing makes quotes yet.
func checkQuote(quote *string) error {
	var check domain.Check
	check.Require(quote == nil, "/quote", "quote_not_found", "there is no such quote")
	return check.Rejection()
}
