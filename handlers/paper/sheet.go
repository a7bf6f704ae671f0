package paper

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// sheet holds all words and figures of the paper.
type sheet struct {
	Title      string // such as Invoice INV-000017
	Status     Status
	Seller     string
	To         []string // the customer, line by line; the first is the name
	Facts      []pair
	Discounted bool // whether any line has a discount
	Rows       []row
	Sums       []sum
	Notes      []note
	Remark     string
	ID         string
}

type pair struct{ Name, Value string }

// row is a line of the bill.
type row struct{ Text, Period, Quantity, Share, Tax, Discount, Amount string }

// sum is a line of the reckoning. Totals are Strong.
type sum struct {
	Name, Amount string
	Strong       bool
}

// note is a credit note.
type note struct{ Number, Issued, Reason, Use, Total string }

func newSheet(i Invoice) sheet {
	s := sheet{
		Title: strings.TrimSpace("Invoice " + i.Number), Status: i.Status, Seller: i.Seller, To: i.to(), Facts: i.facts(),
		Sums: i.sums(), ID: i.ID,
		Remark: fmt.Sprintf("All amounts are in %s. Days are counted in %s, and a period has both its first and its last day.",
			i.Total.Currency(), i.Zone),
	}
	for _, line := range i.Lines {
		s.Rows = append(s.Rows, line.row(i.Zone))
		s.Discounted = s.Discounted || !line.Discount.IsZero()
	}
	for _, n := range i.CreditNotes {
		s.Notes = append(s.Notes, note{
			Number: n.Number, Issued: day(n.Issued, i.Zone), Reason: n.Reason, Use: n.use(), Total: n.Total.Plain(),
		})
	}
	return s
}

// to returns the lines of the customer's name and address. The workspace's name stands in place of a missing name.
func (i Invoice) to() []string {
	c := i.Customer
	lines := append([]string{c.Name}, strings.Split(strings.ReplaceAll(c.Address, "\r\n", "\n"), "\n")...)
	lines = append(lines, c.Country, c.Email)
	if c.TaxID != "" {
		lines = append(lines, "Tax id "+c.TaxID)
	}
	var filled []string
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			filled = append(filled, line)
		}
	}
	if c.Name == "" {
		filled = append([]string{i.Workspace}, filled...)
	}
	return filled
}

func (i Invoice) facts() []pair {
	facts := []pair{{"Number", "none yet"}}
	if i.Number != "" {
		facts[0].Value = i.Number
	}
	if i.Issued != nil {
		facts = append(facts, pair{"Issued", day(*i.Issued, i.Zone)})
	}
	if i.Due != nil && i.Status == StatusIssued {
		facts = append(facts, pair{"Due", day(*i.Due, i.Zone)})
	}
	return append(facts, pair{"Period", days(i.Period, i.Zone)}, pair{"Workspace", i.Workspace}, pair{"Currency", string(i.Total.Currency())})
}

// sums returns the reckoning from the subtotal to the amount that is to be paid. It leaves out amounts of zero, but for
// taxes and totals.
func (i Invoice) sums() []sum {
	sums := []sum{{Name: "Subtotal", Amount: i.Subtotal.Plain()}}
	add := func(name string, amount money.Amount) {
		if !amount.IsZero() {
			sums = append(sums, sum{Name: name, Amount: amount.Plain()})
		}
	}
	strong := func(name string, amount money.Amount) {
		sums = append(sums, sum{Name: name, Amount: amount.Plain(), Strong: true})
	}
	add("Discount", i.Discount.Neg())
	for _, t := range i.taxes() {
		sums = append(sums, sum{Name: "Tax " + percent(t.rate) + " on " + t.base.Plain(), Amount: t.tax.Plain()})
	}
	strong("Total", i.Total)
	if i.Status == StatusVoid {
		strong("Void, nothing to pay", i.Outstanding)
		return sums
	}
	if i.CreditApplied.Sign() < 0 {
		add("Added to credit", i.CreditApplied.Neg())
	} else {
		add("Credit applied", i.CreditApplied.Neg())
	}
	strong("Amount due", i.AmountDue)
	add("Credit notes", i.Reduced.Neg())
	add("Paid", i.Paid.Neg())
	if !i.Paid.IsZero() || !i.Reduced.IsZero() {
		strong("To pay", i.Outstanding)
	}
	return sums
}

type taxSum struct {
	rate      string
	base, tax money.Amount
}

// taxes adds up the lines of each tax rate, in the order of the lines.
func (i Invoice) taxes() []taxSum {
	var taxes []taxSum
	at := map[string]int{}
	for _, line := range i.Lines {
		n, known := at[line.TaxRate]
		if !known {
			n, at[line.TaxRate] = len(taxes), len(taxes)
			taxes = append(taxes, taxSum{rate: line.TaxRate, base: line.Net.Mul(0), tax: line.Net.Mul(0)})
		}
		taxes[n].base, taxes[n].tax = taxes[n].base.Plus(line.Net), taxes[n].tax.Plus(line.Tax)
	}
	return taxes
}

func (l Line) row(zone *time.Location) row {
	r := row{
		Text: l.Description, Period: days(l.Period, zone), Quantity: fmt.Sprint(l.Quantity), Tax: percent(l.TaxRate),
		Amount: l.Amount.Plain(),
	}
	if l.TaxIncluded {
		r.Tax += " incl."
	}
	if l.Ratio != nil {
		r.Share = l.Ratio.String()
	}
	if !l.Discount.IsZero() {
		r.Discount = l.Discount.Neg().Plain()
	}
	return r
}

// use describes where a credit note's total went.
func (n CreditNote) use() string {
	var parts []string
	for _, part := range []struct {
		amount money.Amount
		where  string
	}{{n.Reduced, "off the amount due"}, {n.Credit, "to credit"}, {n.Refund, "to be paid back"}} {
		if !part.amount.IsZero() {
			parts = append(parts, part.amount.Plain()+" "+part.where)
		}
	}
	return strings.Join(parts, ", ")
}

func day(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// days names the first and the last day of a period. The period's end is the first instant after it.
func days(p period.Period, zone *time.Location) string {
	first, last := day(p.Start, zone), day(p.End.Add(-time.Microsecond), zone)
	if first >= last {
		return first
	}
	return first + " – " + last
}

// percent writes a rate such as 0.19 as 19 %.
func percent(rate string) string {
	share, err := decimal.NewFromString(rate)
	if err != nil {
		return rate
	}
	return share.Shift(2).String() + " %"
}
