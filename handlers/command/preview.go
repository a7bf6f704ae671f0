package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Preview is what a change comes to. Version is the subscription's as it is stored, while the quote's is with what is
// due by now: whoever carries that out first, the quote holds.
type Preview struct {
	subscription.Preview
	Version int64
}

// PreviewChange prices a change without doing it, by what is true now. Of p, the caller gives Seats, At and the id of the
// change; price is nil for the present one. Refused as the change itself would be, and with what
// [subscription.PreviewChange] says.
func PreviewChange(name string, price *string, p subscription.Proposal) Command[Preview] {
	return onWorkspace(name, nil, func(w *workspace, stored int64) (preview Preview, err error) {
		p := p
		if price != nil {
			terms, err := w.termsOf(*price)
			if err != nil {
				return preview, err
			}
			p.Terms = &terms
		}
		p.SeatsInUse, p.Version = w.seatsInUse(), w.version()
		if p.Credit, err = w.ownCredit(); err != nil {
			return preview, err
		}
		preview.Version = stored
		preview.Preview, err = subscription.PreviewChange(w.subscription(), p, w.d.Now())
		return preview, err
	})
}

// Upcoming is an invoice that is not made yet.
type Upcoming struct {
	Subscription  string
	Bill          pricing.Bill
	CreditApplied money.Amount
	AmountDue     money.Amount
	Period        period.Period
	IssuedAt      time.Time
	DueAt         time.Time
}

// UpcomingInvoice is what the next renewal, or the end of a trial that is to be paid, will bill if nothing happens before
// it. Refused with no_subscription, no_upcoming_invoice and too_far_behind.
func UpcomingInvoice(name string) Command[Upcoming] {
	return onWorkspace(name, nil, func(w *workspace, _ int64) (Upcoming, error) {
		s := w.subscription()
		if s.ID == "" {
			return Upcoming{}, subscription.NotFound()
		}
		pool := eventstore.StateOf[seating.State](w.d, seating.Stream(w.name))
		bill, next, ok, err := s.Upcoming(pool.At(s.CurrentPeriod.End).SeatsInUse(), false)
		if err == nil && !ok {
			err = domain.NotFound("no_upcoming_invoice", "the subscription will not be billed again")
		}
		if err != nil {
			return Upcoming{}, err
		}
		credit, err := eventstore.StateOf[account.State](w.d, account.Stream(w.name)).Covers(bill.Total)
		if err != nil {
			return Upcoming{}, err
		}
		due, err := bill.Total.Sub(credit)
		return Upcoming{
			Subscription: s.ID, Bill: bill, CreditApplied: credit, AmountDue: due, Period: next, IssuedAt: next.Start,
			DueAt: next.Start.AddDate(0, 0, s.DaysUntilDue),
		}, err
	})
}
