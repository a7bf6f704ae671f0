package pricing

import (
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Bill adds up what an order comes to. Total = Subtotal − Discount + Tax, and the tax is that of the lines. Inclusive tax
// is in the lines' amounts and not in Subtotal and Discount. A negative Total gives back.
type Bill struct {
	Currency money.Currency `json:"currency"`
	Lines    []Line         `json:"lines"`
	Subtotal money.Amount   `json:"subtotal"`
	Discount money.Amount   `json:"discount"`
	Tax      money.Amount   `json:"tax"`
	Total    money.Amount   `json:"total"`
}

// Span gives the time from the first start to the last end of some lines.
func Span(lines []Line) (whole period.Period) {
	for i, line := range lines {
		if i == 0 || line.Period.Start.Before(whole.Start) {
			whole.Start = line.Period.Start
		}
		if i == 0 || line.Period.End.After(whole.End) {
			whole.End = line.Period.End
		}
	}
	return whole
}

// Bill computes what so many seats cost for a full period, as catalogs quote it.
func (t Terms) Bill(seats int64) (Bill, error) {
	return Price(Order{Currency: t.Currency, Charge: &Charge{
		Kind: LineKindCharge, Terms: t, Seats: seats, Ratio: period.Ratio{Num: 1, Den: 1},
	}})
}

// total adds up the lines. The discount without inclusive tax follows from the subtotal: the tax of the amounts before the
// discount is rounded as the tax itself is.
func total(currency money.Currency, lines []taxed) (Bill, error) {
	none := money.Zero(currency)
	b := Bill{Currency: currency, Lines: make([]Line, 0, len(lines)), Subtotal: none, Discount: none, Tax: none, Total: none}
	before := make([]taxed, 0, len(lines))
	for _, l := range lines {
		b.Lines = append(b.Lines, l.line)
		b.Tax, b.Total = b.Tax.Plus(l.line.Tax), b.Total.Plus(l.line.Gross())
		if !l.line.Discount.IsZero() {
			tax, err := exactTax(l.line.Amount, l.line.TaxRate, l.line.TaxBehavior)
			if err != nil {
				return Bill{}, err
			}
			l.tax = tax
		}
		l.line.Discount = none
		before = append(before, l)
	}
	if err := roundTax(currency, before); err != nil {
		return Bill{}, err
	}
	for _, l := range before {
		b.Subtotal = b.Subtotal.Plus(l.line.Net())
	}
	b.Discount = b.Subtotal.Minus(b.Total.Minus(b.Tax))
	return b, nil
}
