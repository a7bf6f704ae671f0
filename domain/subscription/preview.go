package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Proposal asks what a change would cost: another price or another number of seats.
type Proposal struct {
	Billing
	Terms      *pricing.Terms // nil: the present ones
	Seats      *int64         // nil: as many as at present
	SeatsInUse int64
	At         *time.Time // nil: now
	Version    int64
}

// Preview tells what a change comes to. What waits for the period's end, or changes a trial, has a bill without lines.
type Preview struct {
	Quote         *Quote // nil with a time of the client's
	AsOf          time.Time
	EffectiveAt   time.Time
	Bill          pricing.Bill
	CreditApplied money.Amount // negative where a negative total becomes credit, as on an invoice
	AmountDue     money.Amount
}

// PreviewChange prices a change by the functions that would carry it out, and refuses what they would refuse. Further
// refusals: at_invalid, nothing_to_preview, and one_change for a price and seats at once, which are two commands.
func PreviewChange(s State, p Proposal, now time.Time) (Preview, error) {
	if s.isDue(now) {
		return Preview{}, ErrDue
	}
	if !s.Live() {
		return Preview{}, s.refuse(ActionUpgrade, now)
	}
	at := domain.Or(p.At, now)
	if at.Before(now) || !at.Before(s.CurrentPeriod.End) {
		return Preview{}, domain.InvalidField("/at", "at_invalid", "at must be from now to the period's end, %s",
			s.CurrentPeriod.End.Format(time.RFC3339))
	}
	price := p.Terms != nil && p.Terms.Price != s.Terms.Price
	seats := p.Seats != nil && *p.Seats != s.Seats
	switch {
	case price && seats:
		return Preview{}, domain.InvalidField("/seats", "one_change", "price and seats are changed one after the other")
	case price:
		return s.previewPrice(p, at, now)
	case p.Seats != nil:
		return s.previewSeats(p, at, now)
	case p.Terms != nil:
		return Preview{}, s.checkTerms(now, *p.Terms)
	}
	return Preview{}, domain.InvalidField("/price", "nothing_to_preview", "price or seats must be given")
}

func (s State) previewPrice(p Proposal, at, now time.Time) (Preview, error) {
	if pricing.CompareTerms(s.Terms, *p.Terms) == pricing.ChangeDowngrade {
		if err := s.refuse(ActionDowngrade, now); err != nil {
			return Preview{}, err
		}
		if err := s.checkDowngrade(*p.Terms, now); err != nil {
			return Preview{}, err
		}
		return s.previewWaiting(p, at, now)
	}
	if err := s.refuse(ActionUpgrade, now); err != nil {
		return Preview{}, err
	}
	if err := s.checkUpgrade(*p.Terms, now); err != nil {
		return Preview{}, err
	}
	if s.Status == StatusTrialing {
		return s.previewWaiting(p, at, now)
	}
	update, err := s.upgradeUpdate(*p.Terms, p.Change, at)
	if err != nil {
		return Preview{}, err
	}
	return s.previewBill(p, update.Bill, at, at, now)
}

func (s State) previewSeats(p Proposal, at, now time.Time) (Preview, error) {
	if err := s.refuse(ActionChangeSeats, now); err != nil {
		return Preview{}, err
	}
	if err := s.checkSeats(*p.Seats, p.SeatsInUse, now); err != nil {
		return Preview{}, err
	}
	if *p.Seats <= s.Seats || s.Status == StatusTrialing {
		return s.previewWaiting(p, at, now)
	}
	update, err := s.seatsUpdate(*p.Seats, p.Change, at)
	if err != nil {
		return Preview{}, err
	}
	return s.previewBill(p, update.Bill, at, at, now)
}

// previewWaiting shows a change that is not billed.
func (s State) previewWaiting(p Proposal, at, now time.Time) (Preview, error) {
	bill, err := pricing.Price(pricing.Order{Currency: s.Terms.Currency})
	if err != nil {
		return Preview{}, err
	}
	effective := s.CurrentPeriod.End
	if s.Status == StatusTrialing {
		effective = at
	}
	return s.previewBill(p, bill, effective, at, now)
}

func (s State) previewBill(p Proposal, bill pricing.Bill, effective, at, now time.Time) (Preview, error) {
	due, err := amountDue(bill, p.Credit)
	if err != nil {
		return Preview{}, err
	}
	applied, err := bill.Total.Sub(due)
	if err != nil {
		return Preview{}, err
	}
	preview := Preview{AsOf: at, EffectiveAt: effective, Bill: bill, CreditApplied: applied, AmountDue: due}
	if p.At != nil {
		return preview, nil
	}
	quote := Quote{
		Change: p.Change, Version: p.Version, Price: domain.Or(p.Terms, s.Terms).Price, Seats: domain.Or(p.Seats, s.Seats),
		AsOf: now, ExpiresAt: now.Add(quoteLife),
	}
	if s.CurrentPeriod.End.Before(quote.ExpiresAt) {
		quote.ExpiresAt = s.CurrentPeriod.End
	}
	preview.Quote = &quote
	return preview, nil
}

// Upcoming computes what the next renewal, or the end of a trial that is to be paid, will bill, and for which period; ok is
// false when there will be none. It needs what [Run] will know by then: the seats in use, and whether the workspace has
// a payment method.
func (s State) Upcoming(inUse int64, paymentMethod bool) (bill pricing.Bill, p period.Period, ok bool, err error) {
	deadline, ok := s.withoutPayments().NextDeadline()
	switch {
	case ok && deadline.Kind == DeadlineRenewal:
		_, next, err := s.periodEvents(deadline.At, inUse)
		if err != nil {
			return bill, p, false, err
		}
		update, err := next.renewalUpdate(deadline.At)
		return update.Bill, next.CurrentPeriod, err == nil, err
	case ok && deadline.Kind == DeadlineTrialEnd && s.becomesPaid(paymentMethod):
		update, err := s.conversionUpdate(s.Terms, s.Seats, conversionChange, deadline.At)
		return update.Bill, update.CurrentPeriod, err == nil, err
	}
	return bill, p, false, nil
}

// withoutPayments lets nothing wait for money and nothing be owed: neither keeps a period from ending.
func (s State) withoutPayments() State {
	s.PendingUpdate, s.Owed = nil, nil
	return s
}
