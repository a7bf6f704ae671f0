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
	SeatsAtEnd int64      // those of them that are still in use at the period's end, as far as it is known
	At         *time.Time // nil: now
	Version    int64
}

// Preview holds the bill of a change. A change that waits for the period's end has the bill of the renewal that it leads to,
// of which nothing is due yet. A change of a trial has a bill without lines.
type Preview struct {
	Quote         *Quote // nil with a time of the client's
	AsOf          time.Time
	EffectiveAt   time.Time
	Bill          pricing.Bill
	CreditApplied money.Amount // the total where that is negative, as on an invoice
	AmountDue     money.Amount
}

// PreviewChange prices a change by the functions that would carry it out, and refuses what they would refuse. Further
// refusals: at_invalid, nothing_to_preview, and one_change for an upgrade and seats at once, which are two commands.
func PreviewChange(s State, p Proposal, now time.Time) (Preview, error) {
	if s.isDue(now) {
		return Preview{}, ErrDue
	}
	if !s.Live() {
		return Preview{}, s.refuse(ActionUpgrade, now)
	}
	at, end := domain.Or(p.At, now), s.CurrentPeriod.End
	if s.Cancellation != nil && s.Cancellation.At.Before(end) {
		end = s.Cancellation.At
	}
	if at.Before(now) || !at.Before(end) {
		return Preview{}, domain.InvalidField("/at", "at_invalid", "at must be from now to the period's end, %s", end.Format(time.RFC3339))
	}
	switch {
	case p.Terms != nil && p.Terms.Price != s.Terms.Price && pricing.CompareTerms(s.Terms, *p.Terms) == pricing.ChangeDowngrade:
		return s.previewDowngrade(p, at, now)
	case p.Terms != nil && p.Terms.Price != s.Terms.Price:
		return s.previewUpgrade(p, at, now)
	case p.Seats != nil:
		return s.previewSeats(p, at, now)
	case p.Terms != nil:
		return Preview{}, s.checkTerms(now, *p.Terms)
	}
	return Preview{}, domain.InvalidField("/price", "nothing_to_preview", "price or seats must be given")
}

func (s State) previewDowngrade(p Proposal, at, now time.Time) (Preview, error) {
	if err := s.refuse(ActionDowngrade, now); err != nil {
		return Preview{}, err
	}
	seats, err := s.checkDowngrade(Downgrade{Terms: *p.Terms, Seats: p.Seats, SeatsInUse: p.SeatsInUse}, now)
	if err != nil {
		return Preview{}, err
	}
	return s.previewWaiting(p, *p.Terms, seats, at, now)
}

func (s State) previewUpgrade(p Proposal, at, now time.Time) (Preview, error) {
	if err := s.checkPaid(); err != nil {
		return Preview{}, err
	}
	if err := s.refuse(ActionUpgrade, now); err != nil {
		return Preview{}, err
	}
	seats := s.upgradeSeats(*p.Terms, p.SeatsInUse)
	if p.Seats != nil && *p.Seats != seats {
		return Preview{}, domain.InvalidField("/seats", "one_change", "an upgrade and a change of the seats come one after the other")
	}
	if err := s.checkUpgrade(*p.Terms, seats, now); err != nil {
		return Preview{}, err
	}
	p.Seats = &seats
	if s.Status == StatusTrialing {
		return s.previewWaiting(p, *p.Terms, seats, at, now)
	}
	update, err := s.upgradeUpdate(*p.Terms, seats, p.Change, at)
	if err != nil {
		return Preview{}, err
	}
	return s.previewBill(p, update.Bill, at, now)
}

func (s State) previewSeats(p Proposal, at, now time.Time) (Preview, error) {
	if *p.Seats > s.Seats {
		if err := s.checkPaid(); err != nil {
			return Preview{}, err
		}
	}
	if err := s.allowSeats(*p.Seats, now); err != nil {
		return Preview{}, err
	}
	if err := s.checkSeats(*p.Seats, p.SeatsInUse, now); err != nil {
		return Preview{}, err
	}
	if *p.Seats <= s.Seats || s.Status == StatusTrialing {
		return s.previewWaiting(p, s.nextTerms(), *p.Seats, at, now)
	}
	update, err := s.seatsUpdate(*p.Seats, p.Change, at)
	if err != nil {
		return Preview{}, err
	}
	return s.previewBill(p, update.Bill, at, now)
}

// previewWaiting shows a change of which nothing is due: the renewal with these terms and seats, or nothing in a trial.
func (s State) previewWaiting(p Proposal, terms pricing.Terms, seats int64, at, now time.Time) (Preview, error) {
	nothing := money.Zero(s.Terms.Currency)
	if s.Status == StatusTrialing {
		bill, err := pricing.Price(pricing.Order{Currency: s.Terms.Currency})
		return s.quoted(p, Preview{AsOf: at, EffectiveAt: at, Bill: bill, CreditApplied: nothing, AmountDue: nothing}, now), err
	}
	end := s.CurrentPeriod.End
	_, next, err := fold(s, s.scheduleEvents(p.Change, terms, seats)).periodEvents(end, p.SeatsAtEnd)
	if err != nil {
		return Preview{}, err
	}
	update, err := next.renewalUpdate(end)
	return s.quoted(p, Preview{AsOf: at, EffectiveAt: end, Bill: update.Bill, CreditApplied: nothing, AmountDue: nothing}, now), err
}

// previewBill shows a change that is billed when it takes effect.
func (s State) previewBill(p Proposal, bill pricing.Bill, at, now time.Time) (Preview, error) {
	due, err := amountDue(bill, p.Credit)
	if err != nil {
		return Preview{}, err
	}
	applied, err := bill.Total.Sub(due)
	return s.quoted(p, Preview{AsOf: at, EffectiveAt: at, Bill: bill, CreditApplied: applied, AmountDue: due}, now), err
}

// quoted adds the quote of a preview that is as of now.
func (s State) quoted(p Proposal, preview Preview, now time.Time) Preview {
	if p.At != nil {
		return preview
	}
	quote := Quote{
		Change: p.Change, Version: p.Version, Price: domain.Or(p.Terms, s.Terms).Price, Seats: domain.Or(p.Seats, s.Seats),
		AsOf: now, ExpiresAt: now.Add(quoteLife), Tax: s.Tax,
	}
	if s.CurrentPeriod.End.Before(quote.ExpiresAt) {
		quote.ExpiresAt = s.CurrentPeriod.End
	}
	preview.Quote = &quote
	return preview
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
		update, err := s.conversionUpdate(s.Terms, s.Seats, nil, conversionChange, deadline.At)
		return update.Bill, update.CurrentPeriod, err == nil, err
	}
	return bill, p, false, nil
}

// withoutPayments lets nothing wait for money and nothing be owed: neither keeps a period from ending.
func (s State) withoutPayments() State {
	s.PendingUpdate, s.Owed = nil, nil
	return s
}
