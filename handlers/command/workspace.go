package command

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// workspace is a decision on the streams of one workspace. Whatever it decides on the subscription is followed, in the same
// group, by the invoices, their numbers, the credit, the trial and the seats. Each command and each deadline ends with a
// reconciliation.
type workspace struct {
	d    *eventstore.Decision
	name string
	// invoice holds the id of the last invoice made, nil for none, and notes those of the credit notes issued.
	invoice *string
	notes   []string
	// touched names the invoices that something happened to since the last reconciliation, and moved tells whether
	// something happened to the account.
	touched []string
	moved   bool
	// charged tells whether a gateway is to be asked for money since.
	charged bool
	// awaits tells that the caller waits for the money of the invoice that the command makes, begun names its payment, and
	// method the payment method that the caller named for it.
	awaits bool
	begun  string
	method *paymentmethod.Method
	// operator allows deadlines to bill however far back.
	operator bool
	// sale bills what a payment link sells, at its own tax and without what waits to be billed.
	sale *paymentlink.Sale
	// due tells that a deadline is carried out.
	due bool
}

func (w *workspace) subscription() subscription.State {
	return eventstore.StateOf[subscription.State](w.d, subscription.Stream(w.name))
}

// need asks for more streams that a state leads to.
func (w *workspace) need(streams ...domain.Stream) error { return w.d.Need(streams...) }

// needInvoices asks for invoices, all at once: each time that something is missing the decision begins anew.
func (w *workspace) needInvoices(ids []string) error {
	var streams []domain.Stream
	for _, id := range ids {
		streams = append(streams, invoice.Stream(id))
	}
	return w.need(streams...)
}

// runsMax limits the deadlines that one command carries out before itself.
const runsMax = 1_000

// catchUp carries out all deadlines that are due, each as of its own instant. It refuses with too_far_behind.
func (w *workspace) catchUp() error {
	for range runsMax {
		due, ok := w.subscription().NextDeadline()
		if !ok || due.At.After(w.d.Now()) {
			w.invoice, w.notes = nil, nil
			return nil
		}
		if err := w.run(due); err != nil {
			return err
		}
	}
	return errors.New("a subscription has more deadlines than one command can carry out")
}

// run carries out one deadline, after what is told before it. It derives all ids from the deadline, so that everybody who runs it
// makes the same events.
func (w *workspace) run(due subscription.Deadline) error {
	if err := w.need(append(streamsOf(w.name), notice.Stream(w.name))...); err != nil {
		return err
	}
	if err := tellNotices(w.d, w.name, due.At); err != nil {
		return err
	}
	w.due = true
	defer func() { w.due = false }()
	s := w.subscription()
	key := due.Key(s.ID)
	credit, err := w.credit(s.Terms.Currency)
	if err != nil {
		return err
	}
	payable := false
	if due.Kind == subscription.DeadlineTrialEnd && s.Collection == subscription.CollectionAutomatic {
		if err := w.need(paymentmethod.Stream(w.name)); err != nil {
			return err
		}
		payable = w.methods().Default != ""
	}
	c := subscription.Run{
		Operator:   w.operator,
		Billing:    subscription.Billing{Change: key, Invoice: derived("invoice", key), Credit: credit},
		SeatsInUse: w.seatsInUseAt(due.At), PaymentMethod: payable,
	}
	if due.Invoice != "" {
		if c.Ladder, err = w.ladder(due.Invoice, due.At); err != nil {
			return err
		}
	}
	if err := w.change(c, due.At); err != nil {
		return err
	}
	return w.reconcile(due.At)
}

// change decides a command on the subscription, and all that follows from it, as of an instant.
func (w *workspace) change(c subscription.Command, at time.Time) error {
	if err := w.need(streamsOf(w.name)...); err != nil {
		return err
	}
	if err := w.tellLowered("", at); err != nil {
		return err
	}
	before := w.subscription()
	events, err := subscription.Decide(w.billable(), c, w.d.Meta())
	if err != nil {
		return err
	}
	for _, event := range events {
		w.d.AppendAt(subscription.Stream(w.name), at, event)
		if err := w.bill(before, event, at); err != nil {
			return err
		}
		if err := w.prorate(before, event, at); err != nil {
			return err
		}
		if err := w.followItems(before, event, at); err != nil {
			return err
		}
		if err := w.followTrial(before, c, event, at); err != nil {
			return err
		}
	}
	if err := w.followLicense(at); err != nil {
		return err
	}
	return w.copySeats(at)
}

// copySeats sets the seat pool's limits to those of the subscription, or of the license that is the plan.
func (w *workspace) copySeats(at time.Time) error {
	s, limits := w.subscription(), eventstore.StateOf[seating.State](w.d, seating.Stream(w.name)).Limits()
	switch {
	case s.Entitled():
		limits = limitsOfSubscription(s)
	case limits.Source == seating.SourceFree: // the next command on the pool looks up the free plan's limits
	case limits.Source == seating.SourceLicense:
		if err := w.need(entitlement.Stream(w.name)); err != nil {
			return err
		}
		limits = w.limitsOfLicense(at)
	default:
		limits = seating.State{}.Limits()
		if free := freePlan(w.d); free != nil {
			limits = *free
		}
	}
	return w.limitSeats(limits, at)
}

// limitSeats sets the seat pool's limits, and its cap to that of what waits.
func (w *workspace) limitSeats(limits seating.Limits, at time.Time) error {
	limits.Cap = seatCap(w.subscription())
	_, err := applyAt(w.d, seating.Stream(w.name), seating.Decide, seating.Command(seating.SetLimits{Limits: limits}), at)
	return err
}

// seatCap bounds the seats by what waits: by a plan whose payment begins it, or lowers its seats, so that nobody gets a seat
// for nothing, and by a price of the next period, so that it can begin.
func seatCap(s subscription.State) seating.Cap {
	if u := s.PendingUpdate; u != nil && (!s.Entitled() || u.Seats < s.Seats) {
		return seating.Cap{Reason: seating.CapOfPayment, Seats: u.Seats, Guests: u.Seats * u.Terms.GuestsPerSeat}
	}
	if most, ok := s.WaitingLimit(); ok && most < s.Seats {
		return seating.Cap{Reason: seating.CapOfChange, Seats: most}
	}
	return seating.Cap{}
}
