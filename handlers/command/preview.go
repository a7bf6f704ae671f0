package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
)

// Preview is the price of a change. Version is the version of the stored subscription. The quote is pinned to the version
// after the deadlines that are due by now, so that it holds whoever carries them out first.
type Preview struct {
	subscription.Preview
	Version int64
}

// PreviewChange prices a change as of now without making it. The caller fills in Seats, At and the id of p; price is nil
// for the present one. It refuses as the change itself does, and as [subscription.PreviewChange] does.
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
		p.SeatsAtEnd = w.seatsInUseAt(w.subscription().CurrentPeriod.End)
		if err := w.fund(&p.Billing, w.subscription().Terms.Currency); err != nil {
			return preview, err
		}
		preview.Version = stored
		if preview.Preview, err = subscription.PreviewChange(w.billable(), p, w.d.Now()); err != nil {
			return preview, err
		}
		return preview, checkAmounts(preview.Preview)
	})
}

// Upcoming is an invoice that a renewal will make.
type Upcoming struct {
	Subscription  string
	Bill          pricing.Bill
	CreditApplied money.Amount
	AmountDue     money.Amount
	Period        period.Period
	IssuedAt      time.Time
	DueAt         time.Time
}

// UpcomingInvoice returns the invoice that the next renewal, or the end of a trial that is to be paid, makes if nothing
// happens before it. It refuses with no_subscription, no_upcoming_invoice or too_far_behind.
func UpcomingInvoice(name string) Command[Upcoming] {
	return onWorkspace(name, nil, func(w *workspace, _ int64) (Upcoming, error) {
		s := w.billable()
		if s.ID == "" {
			return Upcoming{}, subscription.NotFound()
		}
		bill, next, ok, err := s.Upcoming(w.seatsInUseAt(s.CurrentPeriod.End), false)
		if err == nil && !ok {
			err = domain.NotFound("no_upcoming_invoice", "the subscription will not be billed again")
		}
		if err != nil {
			return Upcoming{}, err
		}
		free, err := w.creditAhead(bill.Currency)
		if err != nil {
			return Upcoming{}, err
		}
		credit := bill.Total
		if more, err := free.Cmp(bill.Total); err != nil || more < 0 {
			credit = free
		}
		due, err := bill.Total.Sub(credit)
		if err != nil {
			return Upcoming{}, err
		}
		dueAt, err := invoice.DueAt(next.Start, s.DaysUntilDue, s.TimeZone)
		return Upcoming{
			Subscription: s.ID, Bill: bill, CreditApplied: credit, AmountDue: due, Period: next, IssuedAt: next.Start, DueAt: dueAt,
		}, err
	})
}

// creditAhead computes what of the credit is left for the next renewal. What an open invoice holds comes back when it expires,
// which is not later unless a gateway may be taking the money for it; then the invoices that expect money come first, but for those that
// a gateway is asked for.
func (w *workspace) creditAhead(currency money.Currency) (money.Amount, error) {
	credit, err := w.credit(currency)
	if err != nil {
		return credit, err
	}
	if waits := w.subscription().PendingUpdate; waits != nil && !waits.Held {
		if err := w.need(invoice.Stream(waits.Invoice)); err != nil {
			return credit, err
		}
		if open := w.invoiceState(waits.Invoice); open.Bill.Currency == currency {
			credit = credit.Plus(open.CreditApplied).Plus(open.AmountPaid)
		}
	}
	if credit.Sign() <= 0 {
		return credit, nil
	}
	var ids []string
	for _, r := range w.account().Receivables {
		if r.Currency == currency {
			ids = append(ids, r.Invoice)
		}
	}
	if err := w.needInvoices(ids); err != nil {
		return credit, err
	}
	if err := w.needPayments(ids); err != nil {
		return credit, err
	}
	for _, id := range ids {
		if !w.paymentOf(id).Open() {
			credit = credit.Minus(w.invoiceState(id).Outstanding())
		}
	}
	if credit.Sign() < 0 {
		return money.Zero(currency), nil
	}
	return credit, nil
}
