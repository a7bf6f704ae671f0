package invoice

import (
	"errors"
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var errOvercredit = errors.New("a bill credits more of a line than there is left of it, or a line that is not issued")

// Prorate tells an invoice that a later bill has credit lines for lines of it.
type Prorate struct {
	CreditedOn string         // the invoice with the credit lines
	Lines      []CreditedLine // how much of each line, as positive as the line
}

// LinesProrated notes that a later invoice credits what is not used any more of these lines, so that no credit note takes
// it back again. The credit is that invoice's: nothing here is owed less for it.
type LinesProrated struct {
	ID         string         `json:"id"`
	CreditedOn string         `json:"credited_on"` // the invoice with the credit lines
	Lines      []CreditedLine `json:"lines"`
}

// EventType gives the stored name.
func (LinesProrated) EventType() string { return "invoice.lines_prorated.v1" }

func (e LinesProrated) evolve(s State) State {
	s.Lines, s.Prorated = addLines(s.Lines, e.Lines), addLines(s.Prorated, e.Lines)
	return s
}

// decide notes what a later bill credits. It comes with that bill and never refuses: its errors are faults, and here a bill
// fails that credits something twice.
func (c Prorate) decide(s State, _ domain.Meta) ([]Fact, error) {
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
	return []Fact{LinesProrated{ID: s.ID, CreditedOn: c.CreditedOn, Lines: c.Lines}}, nil
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
