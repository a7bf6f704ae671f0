package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// What a cancellation's When may say beside a time.
const (
	CancelPeriodEnd = "period_end"
	CancelNow       = "now"
)

// cancel is refused with when_invalid, settlement_invalid, or settlement_required: what is charged beyond the end must
// be settled in one way or another. What is only charged later, and beyond a date, becomes credit where nothing is said. A
// new date replaces an earlier one.
func cancel(s State, c Cancel, now time.Time) ([]domain.Event, error) {
	at, err := s.cancelAt(c.When, now)
	if err != nil {
		return nil, err
	}
	settlement := SettlementNone
	switch {
	case c.Settlement != nil:
		settlement = *c.Settlement
	case c.When != CancelPeriodEnd && at.After(now):
		settlement = SettlementCredit
	}
	if settlement != SettlementNone && settlement != SettlementCredit && settlement != SettlementRefund {
		return nil, domain.InvalidField("/settlement", "settlement_invalid", "settlement must be none, credit or refund")
	}
	if c.Settlement == nil && !c.Unpaid && len(s.InForce) > 0 && at.Before(s.CurrentPeriod.End) {
		return nil, domain.InvalidField("/settlement", "settlement_required",
			"settlement must say what becomes of the time that is charged and not used: none, credit or refund")
	}
	if at.After(now) {
		return append(s.dropped(UnscheduledEnding),
			CancellationScheduled{ID: s.ID, CancelAt: at, Settlement: settlement}), nil
	}
	reason := CanceledRequested
	if c.Unpaid {
		reason = CanceledUnpaid
	}
	events := append(s.dropped(UnscheduledEnding), s.canceled(now, reason, settlement))
	settled, err := s.settled(settlement, c.Billing, c.Paid, now)
	return append(events, settled...), err
}

// cancelAt is when a cancellation takes effect. Before the first payment, and while nothing is charged, the period's end
// is now. Before the first payment there is no later time either, since what waits for it would be dropped until then.
func (s State) cancelAt(when string, now time.Time) (time.Time, error) {
	switch {
	case when == CancelNow, when == CancelPeriodEnd && (s.Status == StatusIncomplete || s.Status == StatusPaused):
		return now, nil
	case when == CancelPeriodEnd:
		return s.CurrentPeriod.End, nil
	}
	at, err := time.Parse(time.RFC3339, when)
	if err == nil && s.Status == StatusIncomplete {
		return at, domain.InvalidField("/when", "when_invalid", "when must be period_end or now before the first payment")
	}
	if err != nil || !at.After(now) || at.Year() > 9999 {
		return at, domain.InvalidField("/when", "when_invalid", "when must be period_end, now, or an RFC 3339 time in the future")
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

func (s State) canceled(at time.Time, reason string, settlement Settlement) domain.Event {
	return Canceled{ID: s.ID, CanceledAt: at, Reason: reason, Settlement: settlement}
}

// settled is the bill that credits what is not used from an instant on.
func (s State) settled(settlement Settlement, b Billing, paid *Paid, at time.Time) ([]domain.Event, error) {
	if settlement == SettlementNone || len(s.InForce) == 0 {
		return nil, nil
	}
	if b.Change == "" || b.Invoice == "" || settlement == SettlementRefund && paid == nil {
		return nil, errIncomplete
	}
	bill, err := s.stopped(b.Change, at)
	if err != nil {
		return nil, err
	}
	events := s.billing(b.Change, b.Invoice, ReasonChange, at, bill)
	if settlement == SettlementCredit || len(events) == 0 {
		return events, nil
	}
	refund, err := refundable(bill, *paid)
	if err != nil || refund.Sign() == 0 {
		return events, err
	}
	billed := events[0].(Billed)
	billed.Refund = &refund
	return []domain.Event{billed}, nil
}

// stopped credits the rest of all that is in force.
func (s State) stopped(change string, at time.Time) (pricing.Bill, error) {
	schedule, err := s.Schedule()
	if err != nil {
		return pricing.Bill{}, err
	}
	return pricing.Price(pricing.Order{
		Subscription: s.ID, Change: change, Currency: s.Terms.Currency, Ends: s.InForce, Schedule: schedule, At: at,
	})
}

// refundable is what of a credit goes back: what was settled beyond the part that was used, in money and no more than
// came in.
func refundable(bill pricing.Bill, paid Paid) (money.Amount, error) {
	credit := bill.Total.Neg()
	used, err := paid.Invoiced.Sub(credit)
	if err != nil {
		return credit, err
	}
	refund, err := paid.Settled.Sub(used)
	if err != nil {
		return credit, err
	}
	if refund, err = lesser(refund, credit); err != nil {
		return credit, err
	}
	if refund, err = lesser(refund, paid.Received); err != nil || refund.Sign() > 0 {
		return refund, err
	}
	return credit.Mul(0), nil
}
