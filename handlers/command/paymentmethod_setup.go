package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/eventstore"
)

// SetupMethod names the payment method that a setup page adds, so that it adds one.
func SetupMethod(setup string) string { return derived("setup method", setup) }

// AddSetupMethod adds the payment method that a person gave on a setup page, once. It refuses with payment_methods_full.
func AddSetupMethod(name, setup string, d paymentmethod.Description, isDefault bool) Command[PaymentMethod] {
	id := SetupMethod(setup)
	return onPaymentMethods(name, id, func(w *workspace) error {
		if _, known := w.methods().Find(id); known {
			return nil
		}
		return w.onMethods(paymentmethod.Add{ID: id, Description: d, Default: isDefault})
	})
}

// SetupPage holds what a setup page shows: the method once it was added.
type SetupPage struct {
	Method *paymentmethod.Method
	Seller seller.Profile
	Now    time.Time
}

// ShowSetup tells whether a setup page has added its method. It writes nothing.
func ShowSetup(name, setup string) Command[SetupPage] {
	stream := paymentmethod.Stream(name)
	return Command[SetupPage]{
		Resource: stream,
		Reads:    []domain.Stream{stream, seller.Stream()},
		Decide: func(d *eventstore.Decision) (SetupPage, error) {
			page := SetupPage{Seller: eventstore.StateOf[seller.State](d, seller.Stream()).Profile(), Now: d.Now()}
			if found, ok := eventstore.StateOf[paymentmethod.State](d, stream).Find(SetupMethod(setup)); ok {
				page.Method = &found
			}
			return page, nil
		},
	}
}

// setupLife bounds how long a setup page opens.
const setupLife = time.Hour

// OpenSetup tells until when a setup page opens. It writes nothing.
func OpenSetup(name string) Command[time.Time] {
	stream := paymentmethod.Stream(name)
	return Command[time.Time]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide:   func(d *eventstore.Decision) (time.Time, error) { return d.Now().Add(setupLife), nil },
	}
}

// ActionPage holds what the page of an attempt shows that a customer must confirm.
type ActionPage struct {
	Workspace string
	Attempt   payment.Attempt
	Standing  Standing
	Link      *paymentlink.State // that asked for it; nil for none
	Seller    seller.Profile
	Now       time.Time
}

// ShowAction tells how an attempt is that a customer must confirm. It writes nothing. It refuses with payment_not_found.
func ShowAction(id string, n int) Command[ActionPage] {
	stream := payment.Stream(id)
	return Command[ActionPage]{
		Resource: stream,
		Reads:    []domain.Stream{stream, seller.Stream()},
		Decide: func(d *eventstore.Decision) (ActionPage, error) {
			s := eventstore.StateOf[payment.State](d, stream)
			if n < 1 || n > len(s.Attempts) {
				return ActionPage{}, domain.NotFound("payment_not_found", "there is no such payment")
			}
			attempt := s.Attempts[n-1]
			page := ActionPage{
				Workspace: s.Workspace, Attempt: attempt, Standing: standingOf(attempt), Seller: eventstore.StateOf[seller.State](d, seller.Stream()).Profile(),
				Now: d.Now(),
			}
			if attempt.Link != "" {
				by := paymentlink.Stream(attempt.Link)
				if err := d.Need(by); err != nil {
					return page, err
				}
				page.Link = new(eventstore.StateOf[paymentlink.State](d, by))
			}
			return page, nil
		},
	}
}
