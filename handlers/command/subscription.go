package command

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Subscription is a subscription as a command leaves it. Actions lists what its state allows next.
type Subscription struct {
	Workspace string
	State     subscription.State
	Version   int64
	Actions   []string
	Invoice   *string // that the command made, nil for none
	// CreditNotes names those that the command issued.
	CreditNotes []string
	// Payment is the one that a gateway is asked for, nil for none.
	Payment *Payment
}

// Waits reports whether the change that the command asked for waits for money.
func (s Subscription) Waits() bool {
	return s.Invoice != nil && s.State.PendingUpdate != nil && s.State.PendingUpdate.Invoice == *s.Invoice
}

// Awaited names the payment whose gateway is asked.
func (s Subscription) Awaited() (of domain.Stream, ok bool) {
	if s.Payment == nil {
		return "", false
	}
	return payment.Stream(s.Payment.State.ID), true
}

// Look shows the same as it is now.
func (s Subscription) Look() Command[Subscription] {
	stream := subscription.Stream(s.Workspace)
	reads := streamsOf(s.Workspace)
	of, asked := s.Awaited()
	if asked {
		reads = append(reads, of)
	}
	return Command[Subscription]{
		Resource: stream,
		Reads:    reads,
		Decide: func(d *eventstore.Decision) (Subscription, error) {
			w := &workspace{d: d, name: s.Workspace}
			return w.shown(s.Invoice, s.CreditNotes, of.Entity()), nil
		},
	}
}

// shown gives the subscription as it is, with what a command made of it.
func (w *workspace) shown(invoice *string, notes []string, payment string) Subscription {
	after := w.billable()
	return Subscription{
		Workspace: w.name, State: after, Version: w.version(), Actions: after.AvailableActions(w.d.Now()), Invoice: invoice,
		CreditNotes: notes, Payment: w.payment(payment),
	}
}

// CreateSubscription buys a subscription and opens its seats. The caller fills in all of c but Terms, Discount, Credit and
// SeatsInUse. It refuses with name_invalid, price_not_found, price_archived, product_archived or license_active.
func CreateSubscription(name string, c subscription.Create) Command[Subscription] {
	return onSubscription(name, c.Invoice, func(w *workspace) (subscription.Command, error) {
		c := c
		if err := checkPrice(c.Price); err != nil {
			return nil, err
		}
		shop := eventstore.StateOf[catalog.State](w.d, catalog.Stream())
		var err error
		if c.Terms, err = shop.ForSale(c.Price); err != nil {
			return nil, err
		}
		if err := w.checkUnlicensed(); err != nil {
			return nil, err
		}
		if c.Coupon != nil {
			c.Discount = w.discount(*c.Coupon)
		}
		if c.PaymentMethod, err = w.named(c.PaymentMethod); err != nil {
			return nil, err
		}
		c.SeatsInUse = w.seatsInUse()
		return c, w.fund(&c.Billing, c.Terms.Currency)
	})
}

// named looks up the payment method that the caller named, and takes its name away where there is one: no rule of the
// subscription knows methods, and a name that is left is refused there.
func (w *workspace) named(method *string) (unknown *string, err error) {
	if method == nil {
		return nil, nil
	}
	if err := w.need(paymentmethod.Stream(w.name)); err != nil {
		return method, err
	}
	found, ok := w.methods().Find(*method)
	if !ok {
		return method, nil
	}
	w.method = &found
	return nil, nil
}

// onSubscription decides a command on the workspace's subscription with all that follows from it, in one group: nobody
// ever sees the one without the other. invoiceID names the invoice that the command may make; it is empty where it makes
// none.
func onSubscription(name, invoiceID string, complete func(*workspace) (subscription.Command, error)) Command[Subscription] {
	var more []domain.Stream
	if invoiceID != "" {
		more = append(slices.Clone(issuing), invoice.Stream(invoiceID))
	}
	return onWorkspace(name, more, func(w *workspace, _ int64) (Subscription, error) {
		w.awaits = true
		c, err := complete(w)
		if err != nil {
			return Subscription{}, err
		}
		if err := w.change(c, w.d.Now()); err != nil {
			return Subscription{}, err
		}
		if err := w.reconcile(w.d.Now()); err != nil {
			return Subscription{}, err
		}
		return w.shown(w.invoice, w.notes, w.begun), nil
	})
}

// onSubscriptionAlone decides a command that needs no other stream and makes no invoice.
func onSubscriptionAlone(name string, c subscription.Command) Command[Subscription] {
	return onSubscription(name, "", func(*workspace) (subscription.Command, error) { return c, nil })
}

// onWorkspace decides on a workspace's subscription and on more streams, after the deadlines that are due. It tells decide
// the stored version of the subscription's stream, which is the one before those deadlines. What decide leaves unreconciled is
// reconciled; a decide whose result tells of that does it itself.
func onWorkspace[R any](name string, more []domain.Stream, decide func(w *workspace, stored int64) (R, error)) Command[R] {
	stream := subscription.Stream(name)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   append(streamsOf(name), more...),
		Decide: func(d *eventstore.Decision) (R, error) {
			w, stored := &workspace{d: d, name: name}, d.Version(stream)
			var none R
			if err := w.catchUp(); err != nil {
				return none, err
			}
			result, err := decide(w, stored)
			if err != nil {
				return none, err
			}
			return result, w.reconcile(d.Now())
		},
	}
}

func (w *workspace) seatsInUse() int64 { return w.seatsInUseAt(w.d.Now()) }

// seatsInUseAt counts the seats of today without the invitations that will have lapsed.
func (w *workspace) seatsInUseAt(at time.Time) int64 {
	return eventstore.StateOf[seating.State](w.d, seating.Stream(w.name)).At(at).SeatsInUse()
}

// checkPrice refuses with name_invalid a code that no price can have, instead of repeating it in price_not_found.
func checkPrice(code string) error {
	var check domain.Check
	check.Name("/price", code)
	return check.Rejection()
}

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

// ApplyDiscount gives the subscription a coupon's discount from its next period on.
func ApplyDiscount(name, coupon string) Command[Subscription] {
	return onSubscription(name, "", func(w *workspace) (subscription.Command, error) {
		return subscription.ApplyDiscount{Coupon: coupon, Discount: w.discount(coupon)}, nil
	})
}

// RemoveDiscount ends the subscription's discount.
func RemoveDiscount(name string) Command[Subscription] {
	return onSubscriptionAlone(name, subscription.RemoveDiscount{})
}

// discount returns the discount of a coupon, nil when there is no coupon of this code.
func (w *workspace) discount(coupon string) *pricing.Discount {
	if discount, ok := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Coupon(coupon); ok {
		return &discount
	}
	return nil
}
