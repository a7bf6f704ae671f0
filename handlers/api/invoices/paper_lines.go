package invoices

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

// billLines puts the lines of an invoice on paper.
func (d *desk) billLines(s invoice.State) ([]paper.Line, error) {
	var lines []paper.Line
	for _, l := range s.Bill.Lines {
		line := d.line(l)
		if l.SourceInvoice != "" && l.SourceLine != nil {
			if err := d.source(&line, l, s.IssuedAt); err != nil {
				return nil, err
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// line names what a line bills. A product or a price that the catalog does not know any more goes by its code.
func (d *desk) line(l pricing.Line) paper.Line {
	line := paper.Line{
		Kind: paper.LineKind(l.Kind), Name: l.Product, Quantity: l.Quantity, Period: &l.Period, Ratio: l.Ratio, Amount: l.Amount,
		Coupon: l.Coupon.Title(), Discount: l.Discount, Net: l.Net(), Tax: l.Tax, TaxRate: l.TaxRate, TaxIncluded: l.TaxBehavior == pricing.TaxBehaviorInclusive,
	}
	switch l.TaxTreatment {
	case pricing.TaxExempt:
		line.Treatment = paper.Treatment{Exempt: true, Reason: l.TaxReason}
	case pricing.TaxReverseCharge:
		line.Treatment = paper.Treatment{ReverseCharge: true, Reason: l.TaxReason}
	case pricing.TaxStandard:
	}
	switch name := d.names.Products[l.Product]; {
	case name != "":
		line.Name = name
	case l.Product == "":
		line.Name = l.Description
	}
	if !l.Period.End.After(l.Period.Start) {
		line.Period = nil // billed once, for no time
	}
	unit := l.UnitAmount
	if terms := d.names.Prices[l.Price]; unit == "" && terms.Scheme == pricing.SchemePerUnit {
		unit = terms.UnitAmount // of a line of an earlier release
	}
	if amount, err := money.ParseStored(l.Amount.Currency(), unit); err == nil {
		line.Unit = &amount
	}
	return line
}

// source names the document whose line a credit takes back. If the credit is less than the unused share of that line, it
// says what was credited of it before.
func (d *desk) source(line *paper.Line, l pricing.Line, issued *time.Time) error {
	source, ok, err := projections.FindInvoice(d.ctx, d.tx, d.c.Ledger.ID, l.SourceInvoice)
	if err != nil || !ok {
		return err
	}
	line.Source = source.State.Number
	for _, billed := range source.State.Bill.Lines {
		if billed.Key != *l.SourceLine {
			continue
		}
		base := billed.Base()
		share := base
		line.Of = &base
		if l.Ratio != nil {
			if share, err = share.MulRatio(l.Ratio.Num, l.Ratio.Den); err != nil {
				return err
			}
		}
		if l.Amount.Minus(share.Neg()).Sign() > 0 {
			line.Before, err = d.creditedBefore(l.SourceInvoice, billed.Key, issued, "")
		}
	}
	return err
}

// creditedBefore lists the credit notes that took a part of a line back up to an instant, and before the one of a number.
func (d *desk) creditedBefore(id, key string, until *time.Time, number string) ([]paper.Reference, error) {
	notes, err := projections.ListCreditNotes(d.ctx, d.tx, d.c.Ledger.ID, projections.CreditNoteFilter{Invoice: id}, 0, creditNotesMax)
	var references []paper.Reference
	for _, n := range notes {
		if n.Note.Number == number || until != nil && n.Note.IssuedAt.After(*until) {
			break
		}
		for _, line := range n.Note.Lines {
			if line.Key == key && !line.Amount.IsZero() {
				references = append(references, paper.Reference{Number: n.Note.Number, Amount: line.Amount})
			}
		}
	}
	return references, err
}

// noteLines puts what a credit note takes back on paper, line by line. From the instant at which the service ended, the rest
// of a line's period is unused; otherwise the note takes a part of the whole line back. A line of another invoice names that one.
func (d *desk) noteLines(n invoice.Credited, s invoice.State) ([]paper.Line, error) {
	var lines []paper.Line
	for _, credited := range n.Lines {
		source := s
		if credited.Invoice != "" {
			found, ok, err := projections.FindInvoice(d.ctx, d.tx, d.c.Ledger.ID, credited.Invoice)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, fmt.Errorf("credit note %s: there is no invoice %s", n.CreditNote, credited.Invoice)
			}
			source = found.State
		}
		for _, billed := range source.Bill.Lines {
			if billed.Key != credited.Key || credited.Amount.IsZero() && credited.Tax.IsZero() {
				continue
			}
			line := d.line(billed)
			if credited.Invoice != "" {
				line.Source = source.Number
			}
			line.Kind, line.Ratio, line.Discount = paper.LineKindPart, nil, credited.Amount.Mul(0)
			line.Amount, line.Net, line.Tax = credited.Amount, credited.Amount, credited.Tax
			if line.TaxIncluded {
				line.Net = credited.Amount.Minus(credited.Tax)
			}
			if n.From != nil {
				if err := d.unused(&line, billed, source.ID, n); err != nil {
					return nil, err
				}
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// unused tells which part of a line's period is left when the service ends. If less than its share was left to credit, it
// says what was credited before.
func (d *desk) unused(line *paper.Line, billed pricing.Line, source string, n invoice.Credited) error {
	from := *n.From
	if !billed.Period.Contains(from) {
		return nil
	}
	left := period.Period{Start: from, End: billed.Period.End}
	line.Kind, line.Period = paper.LineKindCredit, &left
	ratio := period.Ratio{
		Num: int64(period.Days(from, left.End, d.zone)), Den: int64(period.Days(billed.Period.Start, left.End, d.zone)),
	}
	if terms := d.names.Prices[billed.Price]; terms.Proration == period.ProrationSecond {
		ratio = period.Ratio{Num: seconds(left), Den: seconds(billed.Period)}
	}
	if ratio.Num != ratio.Den {
		line.Ratio = &ratio
	}
	base := billed.Base()
	line.Of = &base
	share, err := base.MulRatio(ratio.Num, ratio.Den)
	if err == nil && share.Minus(line.Amount).Sign() > 0 {
		line.Before, err = d.creditedBefore(source, billed.Key, &n.IssuedAt, n.Number)
	}
	return err
}

func seconds(p period.Period) int64 {
	return int64((p.End.Sub(p.Start) + time.Second - 1) / time.Second)
}
