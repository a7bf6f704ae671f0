package command

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Desk holds what a customer's page shows of a workspace.
type Desk struct {
	State      subscription.State // as it is now
	Actions    []string
	SeatsInUse int64
	Products   map[string]string // names by codes
	Methods    paymentmethod.State
	Waiting    payment.State // for a change that waits for money; it has no ID where none was begun
	Seller     seller.Profile
	Now        time.Time
}

// ShowDesk gives what a customer's page shows now. It writes nothing. It refuses with too_far_behind.
func ShowDesk(name string) Command[Desk] {
	return onWorkspace(name, append(slices.Clone(issuing), paymentmethod.Stream(name)), func(w *workspace, _ int64) (Desk, error) {
		shop, s := eventstore.StateOf[catalog.State](w.d, catalog.Stream()), w.billable().At(w.d.Now())
		desk := Desk{
			State: s, Actions: s.AvailableActions(w.d.Now()), SeatsInUse: w.seatsInUse(), Products: map[string]string{}, Methods: w.methods(),
			Seller: w.seller(), Now: w.d.Now(),
		}
		for _, product := range shop.Products() {
			desk.Products[product.Code] = product.Name
		}
		if u := s.PendingUpdate; u != nil {
			if err := w.needInvoices([]string{u.Invoice}); err != nil {
				return desk, err
			}
			if err := w.needPayments([]string{u.Invoice}); err != nil {
				return desk, err
			}
			desk.Waiting = w.paymentOf(u.Invoice)
		}
		return desk, nil
	})
}

// portalLife bounds how long a customer's page opens.
const portalLife = time.Hour

// OpenPortal tells until when a customer's page opens. It writes nothing.
func OpenPortal(name string) Command[time.Time] {
	stream := subscription.Stream(name)
	return Command[time.Time]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide:   func(d *eventstore.Decision) (time.Time, error) { return d.Now().Add(portalLife), nil },
	}
}
