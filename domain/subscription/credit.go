package subscription

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// CreditLines tells that a credit note, a void or a write-off took parts of an invoice's lines back.
type CreditLines struct {
	Lines []CreditedLine
}

// CreditedLine holds what was taken back of a line: of its amount less discount, and of its tax.
type CreditedLine struct {
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"`
	Tax    money.Amount `json:"tax"`
}

// LinesCredited notes that a credit note, a void or a write-off took parts of lines in force back, so that no change
// credits them again. What is negative may be credited again: it was written off and then paid.
type LinesCredited struct {
	ID    string         `json:"id"`
	Lines []CreditedLine `json:"lines"`
}

// EventType gives the stored name.
func (LinesCredited) EventType() string { return "subscription.lines_credited.v1" }

func (e LinesCredited) evolve(s State) State {
	s.InForce = slices.Clone(s.InForce)
	for _, line := range e.Lines {
		if at := s.indexInForce(line.Key); at >= 0 {
			s.InForce[at] = s.InForce[at].Credit(line.Amount, line.Tax)
		}
	}
	return s
}

func (CreditLines) action() string { return actionFollow }

// decide notes what was taken back of lines in force, as far as there is any of it left; lines that are not in force any
// more can't be credited again anyway.
func (c CreditLines) decide(s State, _ domain.Meta) ([]Fact, error) {
	var credited []CreditedLine
	for _, line := range c.Lines {
		at := s.indexInForce(line.Key)
		if at < 0 || slices.ContainsFunc(credited, func(l CreditedLine) bool { return l.Key == line.Key }) {
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
			credited = append(credited, line)
		}
	}
	return s.creditedEvents(credited), nil
}

// RestoreLines tells that money came after all for parts of an invoice's lines that were written off.
type RestoreLines struct {
	Lines []CreditedLine
}

func (RestoreLines) action() string { return actionFollow }

// decide notes that lines in force may be credited again, as far as anything of them was taken back.
func (c RestoreLines) decide(s State, _ domain.Meta) ([]Fact, error) {
	var restored []CreditedLine
	for _, line := range c.Lines {
		at := s.indexInForce(line.Key)
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
			restored = append(restored, CreditedLine{Key: line.Key, Amount: amount.Neg(), Tax: tax.Neg()})
		}
	}
	return s.creditedEvents(restored), nil
}

// creditedEvents change what can be credited of lines, and drop an update that would credit them by an amount that is wrong
// now.
func (s State) creditedEvents(lines []CreditedLine) []Fact {
	if len(lines) == 0 {
		return nil
	}
	credited := LinesCredited{ID: s.ID, Lines: lines}
	if s.pendingCredits(lines) {
		return []Fact{s.updateCanceledEvent(), credited}
	}
	return []Fact{credited}
}

// pendingCredits reports whether what waits for money would credit one of these lines.
func (s State) pendingCredits(lines []CreditedLine) bool {
	return s.PendingUpdate != nil && slices.ContainsFunc(s.PendingUpdate.Bill.Lines, func(line pricing.Line) bool {
		return line.SourceLine != nil && slices.ContainsFunc(lines, func(l CreditedLine) bool { return l.Key == *line.SourceLine })
	})
}
