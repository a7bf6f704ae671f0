package pricing

import (
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// LineKind tells what a line is for.
type LineKind string

const (
	LineKindCharge LineKind = "charge" // seats for a period, or for the rest of one
	LineKindSeats  LineKind = "seats"  // more seats for the rest of a period
	LineKindCredit LineKind = "credit" // the rest of an earlier line that is no longer used
)

// LineKinds lists all of them.
var LineKinds = []LineKind{LineKindCharge, LineKindSeats, LineKindCredit, LineKindItem}

// Line describes one line of a quote or an invoice, with all that explains it.
type Line struct {
	Key         string        `json:"key"` // see [LineKey]
	Kind        LineKind      `json:"kind"`
	Description string        `json:"description"`
	Price       string        `json:"price"`
	Product     string        `json:"product"`
	Quantity    int64         `json:"quantity"`
	Amount      money.Amount  `json:"amount"`           // before the discount and before exclusive tax; inclusive tax is in it
	Discount    money.Amount  `json:"discount"`         // what is taken off Amount
	Coupon      *Use          `json:"coupon,omitempty"` // that the discount is of
	Tax         money.Amount  `json:"tax"`              // on Amount less Discount, or in it
	TaxRate     string        `json:"tax_rate"`
	TaxBehavior TaxBehavior   `json:"tax_behavior"`
	Period      period.Period `json:"period"`      // of service
	Ratio       *period.Ratio `json:"ratio"`       // the share of the full amount, null for all of it
	SourceLine  *string       `json:"source_line"` // the key of the line that a credit is of
	// SourceInvoice names the invoice that has the source line; it is empty without one.
	SourceInvoice string `json:"source_invoice,omitempty"`
	// TaxTreatment is empty for the standard one; TaxReason tells why it is another.
	TaxTreatment TaxTreatment `json:"tax_treatment,omitempty"`
	TaxReason    string       `json:"tax_reason,omitempty"`
	// UnitAmount is what one costs for a full period; it is empty where tiers say that.
	UnitAmount string `json:"unit_amount,omitempty"`
	// Lowers lists the charges that a line of more seats lowers, where those make the plan cheaper. Its credit line has the parts
	// that it gives back, which are negative.
	Lowers []Lowered `json:"lowers,omitempty"`
}

// LineKey names a line by what it is for, so that billing the same thing again gives the same key:
// "subscription/item/change/period/kind". There is one item, the seats. The period is its first instant.
func LineKey(subscription, change string, start time.Time, kind LineKind) string {
	return strings.Join([]string{subscription, item, change, start.UTC().Format(keyTime), string(kind)}, "/")
}

const (
	item    = "seats"
	keyTime = "20060102T150405.999999Z"
)

// keyOf makes the key of a line that is of another one, so that each such line of one change has its own.
func keyOf(subscription, change string, start time.Time, source string, kind LineKind) string {
	if parts := strings.Split(source, "/"); len(parts) == 5 {
		source = parts[2]
	}
	return LineKey(subscription, change+"~"+source, start, kind)
}

// OfSeats reports whether the line bills seats or credits some, and not anything beside them.
func (l Line) OfSeats() bool {
	return l.Kind == LineKindCharge || l.Kind == LineKindSeats || l.Kind == LineKindCredit
}

// Base computes what the tax is calculated of: the amount less the discount.
func (l Line) Base() money.Amount { return l.Amount.Minus(l.Discount) }

// Net gives the line without any tax.
func (l Line) Net() money.Amount {
	if l.TaxBehavior == TaxBehaviorInclusive {
		return l.Base().Minus(l.Tax)
	}
	return l.Base()
}

// Gross gives the line with its tax.
func (l Line) Gross() money.Amount { return l.Net().Plus(l.Tax) }

// Debit is a charge that is in force: its service goes on, and a change may credit the rest of it.
type Debit struct {
	Line        Line         `json:"line"`
	Invoice     string       `json:"invoice"`
	Credited    money.Amount `json:"credited"`         // of the line's base already, by credit notes and by negative lines
	CreditedTax money.Amount `json:"credited_tax"`     // of the line's tax already
	Lowers      []Lowered    `json:"lowers,omitempty"` // what a negative line takes off other charges in force
}

// NewDebit puts a line of an invoice in force.
func NewDebit(line Line, invoice string) Debit {
	none := money.Zero(line.Amount.Currency())
	return Debit{Line: line, Invoice: invoice, Credited: none, CreditedTax: none}
}

// Left computes what of the debit's base and tax is not credited yet. Earlier releases could credit more than there was.
func (d Debit) Left() (base, tax money.Amount) {
	return within(d.Line.Base(), d.Credited), within(d.Line.Tax, d.CreditedTax)
}

// within computes what a part leaves of a whole, which is nothing where it is more.
func within(whole, part money.Amount) money.Amount {
	left := whole.Minus(part)
	if left.Sign()*whole.Sign() < 0 || whole.IsZero() {
		return money.Zero(whole.Currency())
	}
	return left
}

// Credit takes base and tax off what is left, by a credit note, say. The sums must be within [Debit.Left].
func (d Debit) Credit(base, tax money.Amount) Debit {
	d.Credited, d.CreditedTax = d.Credited.Plus(base), d.CreditedTax.Plus(tax)
	return d
}
