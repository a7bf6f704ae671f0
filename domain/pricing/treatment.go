package pricing

import (
	"regexp"

	"github.com/shopspring/decimal"
)

// TaxTreatment tells by which rules a sale is taxed.
type TaxTreatment string

const (
	TaxStandard      TaxTreatment = "standard"
	TaxExempt        TaxTreatment = "exempt"
	TaxReverseCharge TaxTreatment = "reverse_charge" // the customer owes the tax
)

// TaxTreatments lists all of them.
var TaxTreatments = []TaxTreatment{TaxStandard, TaxExempt, TaxReverseCharge}

// Tax tells how a customer is taxed, over what the prices say. Nil leaves it to the prices.
type Tax struct {
	Treatment TaxTreatment `json:"treatment"`
	Rate      string       `json:"rate,omitempty"` // with TaxStandard only, in place of every price's rate
	Reason    string       `json:"reason,omitempty"`
}

// Over gives the terms as the customer buys them. What an inclusive price comes to stays.
func (t *Tax) Over(terms Terms) Terms {
	switch {
	case t == nil:
	case t.Treatment != TaxStandard:
		terms.TaxRate = "0"
	case t.Rate != "":
		terms.TaxRate = t.Rate
	}
	return terms
}

// mark notes on a line by which rules it is taxed, where they are not the standard ones.
func (t *Tax) mark(line Line) Line {
	if t != nil && t.Treatment != TaxStandard {
		line.TaxTreatment, line.TaxReason = t.Treatment, t.Reason
	}
	return line
}

var taxRate = regexp.MustCompile(`\A0(?:\.[0-9]{1,6})?\z`)

// TaxRate reads a tax rate, which is a fraction below 1, since the tax in an inclusive amount is what dividing it by 1 + rate
// takes away. It gives the shortest text of the rate.
func TaxRate(text string) (rate string, ok bool) {
	if !taxRate.MatchString(text) {
		return text, false
	}
	return decimal.RequireFromString(text).String(), true
}
