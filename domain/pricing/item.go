package pricing

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// LineKindItem is a line for something beside the seats. It is never in force, and no coupon discounts it.
const LineKindItem LineKind = "item"

// Item is something beside the seats that is billed once.
type Item struct {
	ID          string         `json:"id"` // becomes the key of its line
	Currency    money.Currency `json:"currency"`
	Description string         `json:"description"`
	Quantity    int64          `json:"quantity"`
	UnitAmount  string         `json:"unit_amount"`
	TaxRate     string         `json:"tax_rate"` // a fraction: "0.19" is 19 %
	TaxBehavior TaxBehavior    `json:"tax_behavior"`
	Period      *period.Period `json:"period,omitempty"` // of service, nil for the moment of the bill
}

// Amount computes what the item comes to, before exclusive tax.
func (i Item) Amount() (money.Amount, error) {
	unit, err := money.Parse(i.Currency, i.UnitAmount)
	return unit.Mul(i.Quantity), err
}

// Fitting gives those of some items that one bill can have beside an amount of their currency, whatever their tax will be. The
// others wait for another bill, so that no sum keeps a bill from being issued.
func Fitting(items []Item, beside money.Amount) (fit []Item, err error) {
	sum := beside
	for _, item := range items {
		amount, err := item.Amount()
		if err != nil {
			return nil, err
		}
		if more := sum.Plus(amount); fits(more) {
			fit, sum = append(fit, item), more
		}
	}
	return fit, nil
}

// Fits reports whether a bill can have the item, whatever its tax will be.
func (i Item) Fits() (bool, error) {
	amount, err := i.Amount()
	return fits(amount), err
}

// fits reports whether an amount is in range with any tax, whose rate is below 1.
func fits(amount money.Amount) bool { return amount.Mul(2).InRange() }

// item bills an item at an instant.
func (o Order) item(i Item, at time.Time) (taxed, error) {
	amount, err := i.Amount()
	if err != nil {
		return taxed{}, err
	}
	service := period.Period{Start: at, End: at}
	if i.Period != nil {
		service = *i.Period
	}
	terms := o.Tax.Over(Terms{TaxRate: i.TaxRate})
	tax, err := exactTax(amount, terms.TaxRate, i.TaxBehavior)
	line := o.Tax.mark(Line{
		Key: i.ID, Kind: LineKindItem, Description: i.Description, Quantity: i.Quantity, UnitAmount: i.UnitAmount, Amount: amount,
		Discount: money.Zero(i.Currency), TaxRate: terms.TaxRate, TaxBehavior: i.TaxBehavior, Period: service,
	})
	return taxed{line: line, tax: tax}, err
}
