package invoice

import (
	"math/big"
	"slices"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// CreditedLine tells what is taken back of a line.
type CreditedLine struct {
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"` // before exclusive tax; inclusive tax is in it
	Tax    money.Amount `json:"tax"`
	// Invoice names the invoice that billed the line, on a credit note of another one.
	Invoice string `json:"invoice,omitempty"`
}

// addLines adds what was credited to the sums, line by line.
func addLines(sums, lines []CreditedLine) []CreditedLine {
	sums = slices.Clone(sums)
	for _, line := range lines {
		if line.Invoice != "" {
			continue
		}
		if at := slices.IndexFunc(sums, func(l CreditedLine) bool { return l.Key == line.Key }); at >= 0 {
			sums[at].Amount, sums[at].Tax = sums[at].Amount.Plus(line.Amount), sums[at].Tax.Plus(line.Tax)
		}
	}
	return sums
}

// isCharge reports whether a line charges something that a credit note can take back. The credit of a line by which more seats
// made the plan cheaper is more than nothing, too, and only a part of what ends there.
func isCharge(line pricing.Line) bool { return line.Base().Sign() > 0 && !isCredit(line) }

// index finds a charge by its key.
func (s State) index(key string) int {
	return slices.IndexFunc(s.Bill.Lines, func(l pricing.Line) bool { return l.Key == key && isCharge(l) })
}

// left computes what is not credited of a line, before exclusive tax, and of its tax.
func (s State) left(at int) (amount, tax money.Amount) {
	line, credited := s.Bill.Lines[at], s.Lines[at]
	return line.Base().Minus(credited.Amount), line.Tax.Minus(credited.Tax)
}

func (s State) grossLeft(at int) money.Amount {
	amount, tax := s.left(at)
	return s.gross(at, amount, tax)
}

// owed computes what no credit note took off a line.
func (s State) owed(at int) (amount, tax money.Amount) {
	amount, tax = s.left(at)
	return amount.Plus(s.Prorated[at].Amount), tax.Plus(s.Prorated[at].Tax)
}

// spread takes an amount with tax off the charges, by what there is of each.
func (s State) spread(amount money.Amount, of func(at int) (amount, tax money.Amount)) ([]CreditedLine, error) {
	weights, taxes := make([]money.Amount, len(s.Bill.Lines)), make([]money.Amount, len(s.Bill.Lines))
	for i, line := range s.Bill.Lines {
		weights[i] = money.Zero(s.Bill.Currency)
		if isCharge(line) {
			base, tax := of(i)
			weights[i], taxes[i] = s.gross(i, base, tax), tax
		}
	}
	parts, err := amount.AllocateBy(weights)
	if err != nil {
		return nil, err
	}
	var lines []CreditedLine
	for i, part := range parts {
		if part.IsZero() {
			continue
		}
		tax, err := s.taxOf(i, part, weights[i], taxes[i])
		if err != nil {
			return nil, err
		}
		if s.Bill.Lines[i].TaxBehavior == pricing.TaxBehaviorExclusive {
			part = part.Minus(tax)
		}
		lines = append(lines, CreditedLine{Key: s.Bill.Lines[i].Key, Amount: part, Tax: tax})
	}
	return lines, nil
}

// gross adds its tax to an amount of a line.
func (s State) gross(at int, amount, tax money.Amount) money.Amount {
	if s.Bill.Lines[at].TaxBehavior == pricing.TaxBehaviorExclusive {
		return amount.Plus(tax)
	}
	return amount
}

// taxOf computes what of a whole's tax a part of it has. Where the tax is in the amounts it rounds the net, as on the
// invoice.
func (s State) taxOf(at int, part, whole, tax money.Amount) (money.Amount, error) {
	if s.Bill.Lines[at].TaxBehavior == pricing.TaxBehaviorExclusive {
		return share(tax, part, whole)
	}
	net, err := share(whole.Minus(tax), part, whole)
	if err != nil {
		return tax, err
	}
	return part.Minus(net), nil
}

// share computes of × part/whole, rounded.
func share(of, part, whole money.Amount) (money.Amount, error) {
	ratio := new(big.Rat).Quo(part.Decimal().Rat(), whole.Decimal().Rat())
	return money.RoundHalfAwayFromZero(of.Currency(), ratio.Mul(ratio, of.Decimal().Rat()))
}
