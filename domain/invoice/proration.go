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
	Lines      []CreditedLine // how much of each line, as positive as the line; less than nothing gives back
	Late       bool           // the bill is of an earlier release, and only what is left of a line can be noted
}

// LinesProrated notes that a later invoice credits what is not used any more of these lines, or lowers them since more seats made
// the plan cheaper, so that no credit note takes it back again. The credit is that invoice's: nothing here is owed less for it.
// What is taken back of a line that lowered these gives as much of them back.
type LinesProrated struct {
	ID         string         `json:"id"`
	CreditedOn string         `json:"credited_on"` // the invoice with the credit lines
	Lines      []CreditedLine `json:"lines"`
}

// EventType gives the stored name.
func (LinesProrated) EventType() string { return "invoice.lines_prorated.v1" }

func (e LinesProrated) evolve(s State) State {
	s.Lines, s.Prorated = addLines(s.Lines, e.Lines), addLines(s.Prorated, e.Lines)
	if !slices.Contains(s.ProratedBy, e.CreditedOn) {
		s.ProratedBy = append(slices.Clip(s.ProratedBy), e.CreditedOn)
	}
	return s
}

// decide notes what a later bill credits, or gives back of that. It comes with the bill and never refuses: its errors are faults,
// and here a bill fails that credits something twice.
func (c Prorate) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.CreditedOn == "" || len(c.Lines) == 0 {
		return nil, errIncomplete
	}
	lines := slices.Clone(c.Lines)
	for i, line := range c.Lines {
		at := slices.IndexFunc(s.Lines, func(l CreditedLine) bool { return l.Key == line.Key })
		if s.Status != StatusFinalized || at < 0 {
			return nil, errOvercredit
		}
		amount, tax := s.left(at)
		if c.Late {
			line.Amount, line.Tax = lesser(line.Amount, amount), lesser(line.Tax, tax)
			lines[i] = line
		}
		before := s.Prorated[at]
		if !between(before.Amount, line.Amount, amount) || !between(before.Tax, line.Tax, tax) {
			return nil, errOvercredit
		}
	}
	return []Fact{LinesProrated{ID: s.ID, CreditedOn: c.CreditedOn, Lines: lines}}, nil
}

// within reports whether an amount lies from nothing to a limit, which is negative where more seats made a plan cheaper.
func within(amount, limit money.Amount) bool {
	if limit.Sign() < 0 {
		amount, limit = amount.Neg(), limit.Neg()
	}
	return amount.Sign() >= 0 && covers(limit, amount)
}

// between reports whether a change gives back no more than there was before, and takes no more than is left.
func between(before, change, left money.Amount) bool {
	return within(change, left) || within(change.Neg(), before)
}

// isProrated reports whether a later bill credited any part of the invoice.
func (s State) isProrated() bool {
	return slices.ContainsFunc(s.Prorated, func(l CreditedLine) bool { return !l.Amount.IsZero() || !l.Tax.IsZero() })
}
