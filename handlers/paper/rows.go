package paper

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// rows returns the lines of the bill, and whether any of them says something about tax.
func (d Document) rows() (rows []Row, taxed bool) {
	for _, line := range d.Lines {
		taxed = taxed || line.taxed()
	}
	for _, line := range d.Lines {
		row := Row{Text: line.text(), Details: line.details(d.Zone), Amount: figure(line.Amount)}
		if taxed {
			row.Tax = line.tax()
		}
		rows = append(rows, row)
	}
	return rows, taxed
}

// text says what is billed and how many of it.
func (l Line) text() string {
	text := fmt.Sprintf("%d × %s", l.Quantity, l.Name)
	switch {
	case l.Kind == LineKindCredit:
		return "Unused time of " + text
	case l.Kind == LineKindPart:
		return "Credit for " + text
	case l.Kind == LineKindItem && l.Quantity == 1:
		return l.Name
	}
	return text
}

// details explains how the amount comes about.
func (l Line) details(zone *time.Location) []string {
	var unit, when, part, source string
	if l.Unit != nil && l.Kind != LineKindCredit && l.Kind != LineKindPart && (l.Kind != LineKindItem || l.Quantity != 1) {
		unit = figure(*l.Unit) + " a seat"
		if l.Kind == LineKindItem {
			unit = figure(*l.Unit) + " each"
		}
	}
	if l.Kind == LineKindSeats {
		unit = join("added "+seats(l.Quantity), unit)
	}
	if l.Period != nil {
		when = days(*l.Period, zone)
		if l.Ratio != nil {
			part = share(*l.Ratio, *l.Period, zone)
			if l.Of != nil {
				part += " of " + figure(*l.Of)
			}
		}
	}
	if l.Source != "" {
		source = "billed on " + l.Source
	}
	details := []string{join(unit, when, part, source)}
	if !l.Discount.IsZero() {
		details = append(details, join("less "+figure(l.Discount), couponWords(l.Coupon)))
	}
	if l.TaxIncluded && !l.Tax.IsZero() {
		details = append(details, figure(l.Net)+" without tax")
	}
	for _, before := range l.Before {
		details = append(details, figure(before.Amount)+" of it was credited before, on "+before.Number)
	}
	return filled(details)
}

func seats(n int64) string {
	if n == 1 {
		return "seat"
	}
	return "seats"
}

func couponWords(coupon string) string {
	if coupon == "" {
		return "discount"
	}
	return "coupon " + coupon
}

func (l Line) taxed() bool {
	return !l.Tax.IsZero() || l.Treatment.ReverseCharge || l.Treatment.Exempt || percent(l.TaxRate) != percent("0")
}

// tax says at which rate the line is taxed, or why it is not.
func (l Line) tax() string {
	switch {
	case l.Treatment.ReverseCharge:
		return "reverse charge"
	case l.Treatment.Exempt:
		return "exempt"
	case l.TaxIncluded:
		return percent(l.TaxRate) + " incl."
	}
	return percent(l.TaxRate)
}

// treatments returns the words that the law wants where a line has no tax.
func (d Document) treatments() []string {
	var words []string
	add := func(text string) {
		if !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	for _, line := range d.Lines {
		switch t := line.Treatment; {
		case t.ReverseCharge && t.Reason != "":
			add("Reverse charge: the recipient of the service owes the tax. " + t.Reason)
		case t.ReverseCharge:
			add("Reverse charge: the recipient of the service owes the tax.")
		case t.Exempt && t.Reason != "":
			add("Exempt from tax: " + t.Reason)
		case t.Exempt:
			add("Exempt from tax.")
		}
	}
	return words
}

// taxSum adds up the lines of one rate.
type taxSum struct {
	name      string
	base, tax money.Amount
}

// taxes adds up the lines of each tax rate, in the order of the lines. Lines that have no tax, and no word about it, are
// left out.
func (d Document) taxes() []taxSum {
	var taxes []taxSum
	for _, line := range d.Lines {
		if !line.taxed() {
			continue
		}
		name := "Tax " + percent(line.TaxRate)
		switch {
		case line.Treatment.ReverseCharge:
			name = "Reverse charge"
		case line.Treatment.Exempt:
			name = "Exempt from tax"
		}
		at := slices.IndexFunc(taxes, func(t taxSum) bool { return t.name == name })
		if at < 0 {
			none := money.Zero(line.Amount.Currency())
			at, taxes = len(taxes), append(taxes, taxSum{name: name, base: none, tax: none})
		}
		taxes[at].base, taxes[at].tax = taxes[at].base.Plus(line.Net), taxes[at].tax.Plus(line.Tax)
	}
	return taxes
}
