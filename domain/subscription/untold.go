package subscription

import (
	"slices"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Untold holds what a line of an earlier release lowers, which the invoices of those charges were not told of then.
type Untold struct {
	Line  string            `json:"line"`
	By    string            `json:"by"` // the invoice with the line
	Parts []pricing.Lowered `json:"parts"`
}

// withLine puts a line in force beside the others.
func (s State) withLine(line pricing.Line, invoice string) State {
	schedule, err := s.Schedule()
	if err == nil {
		var inForce []pricing.Debit
		if inForce, err = pricing.PutInForce(s.InForce, line, invoice, schedule); err == nil {
			s.InForce = inForce
		}
	}
	if err != nil { // nobody could price it, nor what would be taken back of it
		s.InForce = append(s.InForce, pricing.NewDebit(line, invoice))
	}
	if debit := s.InForce[len(s.InForce)-1]; line.Lowers == nil && len(debit.Lowers) > 0 {
		s.Untold = append(slices.Clip(s.Untold), Untold{Line: line.Key, By: invoice, Parts: debit.Lowers})
	}
	return s
}

// withCredits follows what an earlier release took back of lines that lower charges: so much of them does not lower any more.
func (s State) withCredits(bill pricing.Bill) State {
	for _, credit := range bill.Lines {
		if credit.SourceLine == nil || credit.Lowers != nil {
			continue
		}
		at := slices.IndexFunc(s.Untold, func(u Untold) bool { return u.Line == *credit.SourceLine })
		if at < 0 {
			continue
		}
		s.Untold = slices.Clone(s.Untold)
		back := givenBack(credit, s.Untold[at].Parts)
		parts := slices.Clone(s.Untold[at].Parts)
		for i := range parts {
			parts[i].Amount, parts[i].Tax = parts[i].Amount.Plus(back[i].Amount), parts[i].Tax.Plus(back[i].Tax)
		}
		s.Untold[at].Parts = parts
	}
	return s
}

// ToTell lists what the invoices of charges in force, and one more, were not told of.
func (s State) ToTell(invoice string) (all []Untold) {
	for _, u := range s.Untold {
		inForce := s.indexInForce(u.Line) >= 0
		u.Parts = slices.DeleteFunc(slices.Clone(u.Parts), func(part pricing.Lowered) bool { return !inForce && part.Invoice != invoice })
		if len(u.Parts) > 0 {
			all = append(all, u)
		}
	}
	return all
}

// Prorations lists the parts invoice by invoice.
func (u Untold) Prorations() []Proration {
	var all prorations
	for _, part := range u.Parts {
		all = all.add(part.Invoice, CreditedLine{Key: part.Line, Amount: part.Amount, Tax: part.Tax})
	}
	return all.told()
}

// givenBack computes what a credit of a negative line, which does not say it, gives back of its parts: its share of each.
func givenBack(credit pricing.Line, parts []pricing.Lowered) []pricing.Lowered {
	back := slices.Clone(parts)
	amounts, taxes := make([]money.Amount, len(parts)), make([]money.Amount, len(parts))
	for i, part := range parts {
		amounts[i], taxes[i] = part.Amount, part.Tax
	}
	amounts, taxes = allocate(credit.Amount.Neg(), amounts), allocate(credit.Tax.Neg(), taxes)
	for i := range back {
		back[i].Amount, back[i].Tax = amounts[i], taxes[i]
	}
	return back
}

// allocate spreads an amount by weights, and nothing of it where they come to nothing.
func allocate(amount money.Amount, weights []money.Amount) []money.Amount {
	parts, err := amount.AllocateBy(weights)
	if err == nil {
		return parts
	}
	parts = make([]money.Amount, len(weights))
	for i := range parts {
		parts[i] = money.Zero(amount.Currency())
	}
	return parts
}
