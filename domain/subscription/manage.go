package subscription

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// manage judges what changes neither the plan nor the seats.
func manage(s State, command Command) ([]domain.Event, error) {
	switch c := command.(type) {
	case ChangeCollection:
		return changeCollection(s, c)
	case ApplyDiscount:
		return applyDiscount(s, c)
	case RemoveDiscount:
		return []domain.Event{DiscountRemoved{ID: s.ID, Coupon: s.Discount.Value.Coupon}}, nil
	}
	return nil, fmt.Errorf("subscription has no command %T", command)
}

// follow takes into account what happened to invoices. It is never refused.
func follow(s State, command Command, now time.Time) ([]domain.Event, error) {
	switch c := command.(type) {
	case CreditLines:
		return creditLines(s, c)
	case RestoreLines:
		return restoreLines(s, c)
	case Settle:
		return s.settle(c.Invoice, now), nil
	case DropUpdate:
		return s.dropUpdate(c.Invoice, now), nil
	case Restrict:
		if s.Status != StatusPastDue {
			return nil, nil
		}
		return []domain.Event{Restricted{ID: s.ID, RestrictedAt: now}}, nil
	}
	return nil, fmt.Errorf("subscription has no command %T", command)
}

// dropUpdate ends what waits for an invoice, and of any other invoice nothing.
func (s State) dropUpdate(invoice string, now time.Time) []domain.Event {
	if s.PendingUpdate == nil || s.PendingUpdate.Invoice != invoice {
		return nil
	}
	if s.Status == StatusIncomplete {
		return []domain.Event{s.updateCanceled(), s.canceled(now, CanceledRequested, SettlementNone)}
	}
	return []domain.Event{s.updateCanceled()}
}

// changeCollection is refused with its fields: collection_invalid, payment_method_not_found, days_until_due_invalid.
func changeCollection(s State, c ChangeCollection) ([]domain.Event, error) {
	var check domain.Check
	checkPayment(&check, c.Collection, c.PaymentMethod, c.DaysUntilDue)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	event := CollectionChanged{ID: s.ID, Collection: c.Collection, DaysUntilDue: daysUntilDue(c.Collection, c.DaysUntilDue)}
	if event.Collection == s.Collection && event.DaysUntilDue == s.DaysUntilDue {
		return nil, nil
	}
	return []domain.Event{event}, nil
}

// applyDiscount is refused with coupon_not_found or currency_mismatch.
func applyDiscount(s State, c ApplyDiscount) ([]domain.Event, error) {
	var check domain.Check
	checkDiscount(&check, c.Discount, s.Terms)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	return []domain.Event{DiscountApplied{ID: s.ID, Discount: *c.Discount}}, nil
}

// creditLines notes what was taken back of lines in force, as far as there is any of it left; lines that are not in
// force any more can't be credited again anyway.
func creditLines(s State, c CreditLines) ([]domain.Event, error) {
	event := LinesCredited{ID: s.ID}
	for _, line := range c.Lines {
		at := s.inForce(line.Key)
		if at < 0 || slices.ContainsFunc(event.Lines, func(l CreditedLine) bool { return l.Key == line.Key }) {
			continue
		}
		amount, tax := s.InForce[at].Left()
		var err error
		if line.Amount, err = lesser(line.Amount, amount); err != nil {
			return nil, err
		}
		if line.Tax, err = lesser(line.Tax, tax); err != nil {
			return nil, err
		}
		if !line.Amount.IsZero() || !line.Tax.IsZero() {
			event.Lines = append(event.Lines, line)
		}
	}
	return s.credited(event), nil
}

// restoreLines notes that lines in force may be credited again, as far as anything of them was taken back.
func restoreLines(s State, c RestoreLines) ([]domain.Event, error) {
	event := LinesCredited{ID: s.ID}
	for _, line := range c.Lines {
		at := s.inForce(line.Key)
		if at < 0 {
			continue
		}
		amount, err := lesser(line.Amount, s.InForce[at].Credited)
		if err != nil {
			return nil, err
		}
		tax, err := lesser(line.Tax, s.InForce[at].CreditedTax)
		if err != nil {
			return nil, err
		}
		if !amount.IsZero() || !tax.IsZero() {
			event.Lines = append(event.Lines, CreditedLine{Key: line.Key, Amount: amount.Neg(), Tax: tax.Neg()})
		}
	}
	return s.credited(event), nil
}

// credited is what comes of lines that change what can be credited of them.
func (s State) credited(event LinesCredited) []domain.Event {
	switch {
	case len(event.Lines) == 0:
		return nil
	case s.pendingCredits(event.Lines):
		return []domain.Event{s.updateCanceled(), event}
	}
	return []domain.Event{event}
}

// pendingCredits reports whether what waits for money would credit one of these lines, by an amount that is wrong now.
func (s State) pendingCredits(lines []CreditedLine) bool {
	return s.PendingUpdate != nil && slices.ContainsFunc(s.PendingUpdate.Bill.Lines, func(line pricing.Line) bool {
		return line.SourceLine != nil && slices.ContainsFunc(lines, func(l CreditedLine) bool { return l.Key == *line.SourceLine })
	})
}
