package command

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
)

// PaymentMethod is a payment method as a command leaves it.
type PaymentMethod struct {
	Workspace string
	paymentmethod.Method
	Default bool
}

// AddPaymentMethod adds a payment method that its gateway has accepted. A new default pays what is past due. It refuses with
// payment_methods_full.
func AddPaymentMethod(name string, c paymentmethod.Add) Command[PaymentMethod] {
	return onPaymentMethods(name, c.ID, func(w *workspace) error { return w.onMethods(c) })
}

// SetDefaultPaymentMethod makes a payment method the default, which pays what is past due. It refuses with
// payment_method_not_found.
func SetDefaultPaymentMethod(name, id string) Command[PaymentMethod] {
	return onPaymentMethods(name, id, func(w *workspace) error { return w.onMethods(paymentmethod.SetDefault{ID: id}) })
}

// RemovePaymentMethod takes a payment method away. It refuses with payment_method_not_found, or with payment_in_progress while a
// gateway may be taking money by it.
func RemovePaymentMethod(name, id string) Command[PaymentMethod] {
	return onPaymentMethods(name, id, func(w *workspace) error {
		var ids []string
		for _, r := range w.account().Receivables {
			ids = append(ids, r.Invoice)
		}
		if u := w.subscription().PendingUpdate; u != nil && !slices.Contains(ids, u.Invoice) {
			ids = append(ids, u.Invoice)
		}
		if err := w.needInvoices(ids); err != nil {
			return err
		}
		if err := w.needPayments(ids); err != nil {
			return err
		}
		for _, invoice := range ids {
			if s := w.paymentOf(invoice); s.Open() && s.Last().PaymentMethod == id {
				return s.CheckIdle()
			}
		}
		return w.onMethods(paymentmethod.Remove{ID: id})
	})
}

// DetachPaymentMethod takes a payment method away that its gateway has no more. It refuses with payment_method_not_found.
func DetachPaymentMethod(name, id string) Command[PaymentMethod] {
	return onPaymentMethods(name, id, func(w *workspace) error {
		return w.onMethods(paymentmethod.Remove{ID: id, Reason: paymentmethod.ReasonDetached})
	})
}

// onMethods decides a command on the workspace's payment methods.
func (w *workspace) onMethods(c paymentmethod.Command) error {
	_, err := apply(w.d, paymentmethod.Stream(w.name), paymentmethod.Decide, c)
	return err
}

// onPaymentMethods decides a command on a workspace's payment methods, and what follows from a new default, after the deadlines
// that are due. The result is the method, as it was before where the command takes it away.
func onPaymentMethods(name, id string, decide func(*workspace) error) Command[PaymentMethod] {
	stream := paymentmethod.Stream(name)
	return Command[PaymentMethod]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   append(streamsOf(name), stream),
		Decide: func(d *eventstore.Decision) (none PaymentMethod, err error) {
			w := &workspace{d: d, name: name}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			before := w.methods()
			if err := decide(w); err != nil {
				return none, err
			}
			after := w.methods()
			if preferred, ok := after.Find(after.Default); ok && after.Default != before.Default {
				if err := w.collectOverdue(preferred); err != nil {
					return none, err
				}
			}
			method, ok := after.Find(id)
			if !ok {
				method, _ = before.Find(id)
			}
			return PaymentMethod{Workspace: name, Method: method, Default: after.Default == id}, w.reconcile(d.Now())
		},
	}
}
