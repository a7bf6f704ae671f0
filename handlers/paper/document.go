package paper

import (
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seller"
)

// Document holds what invoices and credit notes have in common.
type Document struct {
	ID     string
	Number string // empty before it is issued
	Seller seller.Profile
	// Ledger stands in place of a seller without a legal name.
	Ledger   string
	Customer Customer
	// Workspace stands in place of a customer without a name.
	Workspace string
	Zone      *time.Location // the time zone of all dates
	Lines     []Line
}

// Customer names the recipient. The paper leaves out empty fields; Address may have several lines.
type Customer struct {
	Name, Email, Address, TaxID, Country string
}

// Line is one line of a bill. All its amounts have the document's currency.
type Line struct {
	Kind LineKind
	// Name is the product's name, or what a one-off line says.
	Name     string
	Quantity int64
	Unit     *money.Amount  // the price of one, nil where one has no price of its own
	Period   *period.Period // nil for what has none
	Ratio    *period.Ratio  // the share of the full amount, nil for all of it
	Of       *money.Amount  // what was charged, of which a credit takes the share back; nil where the amount tells the same
	Coupon   string         // names the coupon that Discount is for
	// Source is the number of the document whose line a credit takes back.
	Source string
	// Before lists what had been credited of that line already, where this made the credit less.
	Before []Reference

	Amount      money.Amount // before the discount and before exclusive tax
	Discount    money.Amount
	Net         money.Amount // the base of the tax, without the tax
	Tax         money.Amount
	TaxRate     string // "0.19" is 19 %
	TaxIncluded bool   // in Amount
	Treatment   Treatment
}

// LineKind tells what a line is for.
type LineKind string

const (
	LineKindCharge LineKind = "charge" // seats for a period
	LineKindSeats  LineKind = "seats"  // more seats for the rest of a period
	LineKindCredit LineKind = "credit" // what is no longer used of an earlier line
	LineKindItem   LineKind = "item"   // something else, billed once
	LineKindPart   LineKind = "part"   // what a credit note takes back of a line, whatever was used
)

// Treatment tells why a line has no tax, or nothing where it is taxed as usual.
type Treatment struct {
	ReverseCharge bool
	Exempt        bool
	Reason        string // of the exemption
}

// Reference names another document and an amount of it.
type Reference struct {
	Number string
	Amount money.Amount
}

// Payment is money that came in.
type Payment struct {
	Paid      time.Time
	Reference string
	Amount    money.Amount // what of it was used for this invoice
	Rest      money.Amount // what of it became credit
}

// Refund is money that goes back, or went back already.
type Refund struct {
	Amount   money.Amount
	Returned *time.Time // nil while it is owed
}

// seller returns the seller's name.
func (d Document) seller() string {
	if d.Seller.LegalName == "" {
		return d.Ledger
	}
	return d.Seller.LegalName
}

// from returns the lines of the seller's address and of all that a reader can reach and check the seller by.
func (d Document) from() []string {
	p := d.Seller
	lines := append([]string{d.seller()}, split(p.Address)...)
	return filled(append(lines, country(p.Country), named("Tax ID", p.TaxID), p.Registration, p.Email, p.Phone, p.Website))
}

// to returns the lines of the customer's name and address.
func (d Document) to() []string {
	c := d.Customer
	name := c.Name
	if strings.TrimSpace(name) == "" {
		name = d.Workspace
	}
	lines := append([]string{name}, split(c.Address)...)
	return filled(append(lines, country(c.Country), named("Tax ID", c.TaxID), c.Email))
}

func named(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return ""
	}
	return name + " " + value
}

func split(text string) []string {
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func filled(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// sheet begins the sheet with what all documents have.
func (d Document) sheet(heading string, currency money.Currency) Sheet {
	s := Sheet{
		ID: d.ID, Heading: heading, Number: d.Number, Seller: d.seller(), Logo: d.Seller.Logo,
		Parties: []Party{{"From", d.from()}, {"Billed to", d.to()}},
		Footer:  filled(split(d.Seller.Footer)),
	}
	s.Remark = "All amounts are in " + string(currency) + ". Days are those of the time zone " + d.Zone.String() + "."
	s.Rows, s.Taxed = d.rows()
	return s
}

// law adds the words that the law wants where a line has no tax.
func (d Document) law(s *Sheet) {
	if words := d.treatments(); len(words) > 0 {
		s.Sections = append(s.Sections, Section{Heading: "Tax", Text: words})
	}
}

// terms adds the seller's terms, which are about paying and so on no credit note.
func (d Document) terms(s *Sheet) {
	if text := filled(split(d.Seller.Terms)); len(text) > 0 {
		s.Sections = append(s.Sections, Section{Heading: "Terms", Text: text})
	}
}
