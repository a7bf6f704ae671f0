package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	switch e := event.(type) {
	case Created:
		return newState(e)
	case Activated:
		s.Status = StatusActive
	case Expired:
		s = s.ended(e.Status, e.ExpiredAt)
	case Canceled:
		s = s.ended(StatusCanceled, e.CanceledAt)
	case Renewed:
		s.PendingChange = nil
		s = s.begun(e.Anchor, e.CurrentPeriod, false)
	case Paused:
		s.Status, s.InForce = StatusPaused, nil
	case Resumed:
		discount := s.resumedDiscount(e.CurrentPeriod)
		s.Status = StatusActive
		s = s.begun(e.Anchor, e.CurrentPeriod, e.Stub)
		s.Discount = discount
	case BecamePastDue, InvoiceSettled:
		return evolveOwed(s, event)
	case Recovered:
		s.Status = StatusActive
	case Restricted:
		s.Status = StatusRestricted
	case TrialConverted:
		s.Status, s.Terms, s.Seats = StatusActive, e.Terms, e.Seats
		s = s.begun(e.Anchor, e.CurrentPeriod, false)
	default:
		return evolveChange(s, event)
	}
	return s
}

func evolveChange(s State, event domain.Event) State {
	switch e := event.(type) {
	case Upgraded:
		if s.beginsPeriod(e.Terms) {
			s.Discount = s.Discount.next()
		}
		s.Terms, s.Anchor, s.CurrentPeriod, s.Stub = e.Terms, e.Anchor, e.CurrentPeriod, e.Stub
	case Downgraded:
		s.Terms = e.Terms
	case SeatsChanged:
		s.Seats = e.To
		if s.PendingChange != nil && !s.reduces() {
			waiting := *s.PendingChange
			waiting.Seats = e.To // a change of the price keeps the seats that there are by then
			s.PendingChange = &waiting
		}
	case ChangeScheduled:
		s.PendingChange = &e.PendingChange
	case ChangeUnscheduled:
		s.PendingChange = nil
	case CancellationScheduled:
		s.Cancellation = &Cancellation{At: e.CancelAt, Settlement: e.Settlement}
	case CancellationRevoked:
		s.Cancellation = nil
	case CollectionChanged:
		s.Collection, s.DaysUntilDue = e.Collection, e.DaysUntilDue
	case TrialExtended:
		s.Trial = &Trial{Start: s.Trial.Start, End: e.To, AtEnd: s.Trial.AtEnd, Convert: s.Trial.Convert}
		s.CurrentPeriod.End, s.Anchor = e.To, e.Anchor
		if s.Cancellation != nil && s.Cancellation.At.Equal(e.From) {
			s.Cancellation = &Cancellation{At: e.To, Settlement: s.Cancellation.Settlement}
		}
	case ConversionScheduled:
		s.Trial = &Trial{Start: s.Trial.Start, End: s.Trial.End, AtEnd: s.Trial.AtEnd, Convert: true}
	default:
		return evolveBilling(s, event)
	}
	return s
}

func evolveBilling(s State, event domain.Event) State {
	switch e := event.(type) {
	case Billed:
		s = s.billed(e.Bill, e.Invoice)
		if e.Collect {
			s.Owed = append(slices.Clip(s.Owed), Owed{Invoice: e.Invoice, DueAt: e.BilledAt.AddDate(0, 0, e.DaysUntilDue)})
		}
	case UpdatePending:
		s.PendingUpdate = &e.PendingUpdate
	case UpdateApplied:
		s = s.billed(s.PendingUpdate.Bill, e.Invoice)
		s.PendingUpdate = nil
	case UpdateExpired, UpdateCanceled:
		s.PendingUpdate = nil
	case LinesCredited:
		s.InForce = slices.Clone(s.InForce)
		for _, line := range e.Lines {
			if at := s.inForce(line.Key); at >= 0 {
				s.InForce[at] = s.InForce[at].Credit(line.Amount, line.Tax)
			}
		}
	case DiscountApplied:
		s.Discount = newDiscount(&e.Discount, s.Discount.current())
	case DiscountRemoved:
		s.Discount = nil
	}
	return s
}

func newState(e Created) State {
	s := State{
		ID: e.ID, Previous: e.Previous, Status: e.Status, Terms: e.Terms, Seats: e.Seats, Collection: e.Collection,
		DaysUntilDue: e.DaysUntilDue, TimeZone: e.TimeZone, Anchor: e.Anchor, CurrentPeriod: e.CurrentPeriod, Stub: e.Stub,
		Trial: e.Trial, Discount: newDiscount(e.Discount, nil),
	}
	if e.Trial == nil {
		s.Discount = s.Discount.next()
	}
	return s
}

// begun starts a period: nothing of the one before is in force.
func (s State) begun(anchor period.Anchor, p period.Period, stub bool) State {
	s.Anchor, s.CurrentPeriod, s.Stub = anchor, p, stub
	s.Discount, s.InForce = s.Discount.next(), nil
	return s
}

// resumedDiscount is the discount of the period that a subscription resumes in: that of the period which it was paused
// in, if it is the same, else the next.
func (s State) resumedDiscount(p period.Period) *Discount {
	if p.End.Equal(s.CurrentPeriod.End) {
		return s.Discount
	}
	return s.Discount.next()
}

// billed puts the lines in force that a bill charges. More seats come beside what is in force, and any other charge, as
// any credit, is of a change that ends all of that.
func (s State) billed(bill pricing.Bill, invoice string) State {
	s.InForce = slices.Clone(s.InForce)
	for _, line := range bill.Lines {
		if line.Kind != pricing.LineKindSeats {
			s.InForce = nil
		}
		if line.Kind != pricing.LineKindCredit {
			s.InForce = append(s.InForce, pricing.NewDebit(line, invoice))
		}
	}
	return s
}

func (s State) inForce(key string) int {
	return slices.IndexFunc(s.InForce, func(d pricing.Debit) bool { return d.Line.Key == key })
}

func (s State) ended(status Status, at time.Time) State {
	s.Status, s.EndedAt = status, &at
	s.Cancellation, s.PendingChange, s.PendingUpdate, s.InForce, s.Owed = nil, nil, nil, nil, nil
	return s
}
