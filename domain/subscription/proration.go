package subscription

import (
	"slices"

	"github.com/tallystick/tallystick/domain/pricing"
)

// Proration holds what a bill credits of one earlier invoice.
type Proration struct {
	Invoice string
	Lines   []CreditedLine // as positive as the lines that they are of
}

// prorations collects what is credited, invoice by invoice in their order, and of each line once.
type prorations []Proration

func (all prorations) add(invoice string, line CreditedLine) prorations {
	i := slices.IndexFunc(all, func(p Proration) bool { return p.Invoice == invoice })
	if i < 0 {
		return append(all, Proration{Invoice: invoice, Lines: []CreditedLine{line}})
	}
	lines := all[i].Lines
	if at := slices.IndexFunc(lines, func(l CreditedLine) bool { return l.Key == line.Key }); at >= 0 {
		lines[at].Amount, lines[at].Tax = lines[at].Amount.Plus(line.Amount), lines[at].Tax.Plus(line.Tax)
	} else {
		all[i].Lines = append(lines, line)
	}
	return all
}

// told leaves out what comes to nothing.
func (all prorations) told() (some []Proration) {
	for _, p := range all {
		p.Lines = slices.DeleteFunc(p.Lines, func(l CreditedLine) bool { return l.Amount.IsZero() && l.Tax.IsZero() })
		if len(p.Lines) > 0 {
			some = append(some, p)
		}
	}
	return some
}

// Prorations lists what a bill, priced on this state, credits of the charges in force: by its credit lines, and by its lines
// that lower charges.
func (s State) Prorations(bill pricing.Bill) []Proration {
	return s.lowerings(bill, s.credits(bill, nil)).told()
}

// Credits lists what the credit lines of a bill are of.
func (s State) Credits(bill pricing.Bill) []Proration { return s.credits(bill, nil).told() }

// Lowerings lists what negative lines of a bill take off charges in force, and as less than nothing what the credits of such
// lines give back.
func (s State) Lowerings(bill pricing.Bill) []Proration { return s.lowerings(bill, nil).told() }

func (s State) credits(bill pricing.Bill, all prorations) prorations {
	for _, credit := range bill.Lines {
		if credit.SourceLine == nil {
			continue
		}
		if at := s.indexInForce(*credit.SourceLine); at >= 0 {
			all = all.add(s.InForce[at].Invoice, CreditedLine{Key: *credit.SourceLine, Amount: credit.Amount.Neg(), Tax: credit.Tax.Neg()})
		}
	}
	return all
}

func (s State) lowerings(bill pricing.Bill, all prorations) prorations {
	for _, line := range bill.Lines {
		for _, part := range s.lowersOf(line) {
			all = all.add(part.Invoice, CreditedLine{Key: part.Line, Amount: part.Amount, Tax: part.Tax})
		}
	}
	return all
}

// lowersOf gives the parts of a negative line, or of the credit of one. An update of an earlier release that waits for money does
// not say what such a credit gives back.
func (s State) lowersOf(line pricing.Line) []pricing.Lowered {
	if line.Lowers != nil || line.SourceLine == nil {
		return line.Lowers
	}
	if at := s.indexInForce(*line.SourceLine); at >= 0 {
		return givenBack(line, s.InForce[at].Lowers)
	}
	return nil
}
