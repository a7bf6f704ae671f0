package invoice

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// prorate notes what a later bill credits. It comes with that bill and is never refused: its errors are faults, and this
// is where a bill would fail that credits something twice.
func prorate(s State, c Prorate) ([]domain.Event, error) {
	if c.CreditedOn == "" || len(c.Lines) == 0 {
		return nil, errIncomplete
	}
	for _, line := range c.Lines {
		at := slices.IndexFunc(s.Lines, func(l CreditedLine) bool { return l.Key == line.Key })
		if s.Status != StatusFinalized || at < 0 {
			return nil, errOvercredit
		}
		amount, tax := s.left(at)
		if !within(line.Amount, amount) || !within(line.Tax, tax) {
			return nil, errOvercredit
		}
	}
	return []domain.Event{LinesProrated{ID: s.ID, CreditedOn: c.CreditedOn, Lines: c.Lines}}, nil
}

// within reports whether an amount lies from nothing to a limit, which is negative where more seats made a plan cheaper.
func within(amount, limit money.Amount) bool {
	if limit.Sign() < 0 {
		amount, limit = amount.Neg(), limit.Neg()
	}
	return amount.Sign() >= 0 && covers(limit, amount)
}

// isProrated reports whether a later bill credited any part of the invoice.
func (s State) isProrated() bool {
	return slices.ContainsFunc(s.Prorated, func(l CreditedLine) bool { return !l.Amount.IsZero() || !l.Tax.IsZero() })
}
