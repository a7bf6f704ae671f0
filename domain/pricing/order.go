package pricing

import (
	"fmt"
	"math/big"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Order holds what is billed together: what ends at an instant, and what begins.
type Order struct {
	Subscription string
	Change       string // an id of the edge, or the name of what happens once a period, such as "renewal"
	Currency     money.Currency
	Ends         []Debit         // the lines in force whose rest is credited
	Beside       []Debit         // the lines that stay in force, which a charge of more seats comes beside
	Schedule     period.Schedule // that the lines in force were billed by
	At           time.Time       // when they end
	Tax          *Tax            // of the customer for what begins, nil for the prices'
	Items        []Item          // that are billed beside
	Charge       *Charge         // nil when nothing begins
	Deduction    *Deduction      // in use by the charge's period, nil for none
}

// Charge describes what begins.
type Charge struct {
	Kind   LineKind // LineKindCharge or LineKindSeats
	Terms  Terms
	Seats  int64         // from now on
	Before int64         // how many of them a line in force has, for LineKindSeats
	Period period.Period // from now to the period's end
	Ratio  period.Ratio  // of the full amount
	Within *period.Ratio // of the full amount, within the discount's time; nil for all of Ratio
}

// Price prices an order, for previews and execution alike. One credit line for each line that ends comes first, then the
// line of what begins. It is exact until one rounding, half away from zero, of each line's amount and of its discount, and
// one of the tax for each rate. The error is a fault.
func Price(o Order) (Bill, error) {
	var lines []taxed
	if !o.Currency.Valid() {
		return Bill{}, money.ErrCurrencyUnknown
	}
	rests, err := restsOf(o.Ends, o.Schedule, o.At)
	if err != nil {
		return Bill{}, err
	}
	for _, rest := range rests {
		if !rest.gone {
			lines = append(lines, o.credit(rest))
		}
	}
	if o.Charge != nil {
		charge := *o.Charge
		charge.Terms = o.Tax.Over(charge.Terms)
		charged, err := o.charge(charge)
		if err != nil {
			return Bill{}, err
		}
		lines = append(lines, charged...)
	}
	for _, item := range o.Items {
		line, err := o.item(item, o.At)
		if err != nil {
			return Bill{}, err
		}
		lines = append(lines, line)
	}
	for _, l := range lines {
		if l.line.Amount.Currency() != o.Currency {
			return Bill{}, fmt.Errorf("line %s: %w", l.line.Key, money.ErrCurrencyMismatch)
		}
	}
	if err := roundTax(o.Currency, lines); err != nil {
		return Bill{}, err
	}
	return total(o.Currency, lines)
}

// credit gives the rest of a line in force back.
func (o Order) credit(r rest) taxed {
	d := r.debit
	ratio := o.Schedule.Left(d.Line.Period, o.At)
	line := Line{
		Key:         keyOf(o.Subscription, o.Change, o.At, d.Line.Key, LineKindCredit),
		Kind:        LineKindCredit,
		Description: fmt.Sprintf("Unused time: %s", d.Line.Description),
		Price:       d.Line.Price, Product: d.Line.Product, Quantity: d.Line.Quantity, Amount: r.amount.Neg(), Discount: money.Zero(r.amount.Currency()),
		TaxRate: d.Line.TaxRate, TaxBehavior: d.Line.TaxBehavior,
		Period: period.Period{Start: o.At, End: d.Line.Period.End}, Ratio: share(ratio), SourceLine: &d.Line.Key, SourceInvoice: d.Invoice,
		TaxTreatment: d.Line.TaxTreatment, TaxReason: d.Line.TaxReason, UnitAmount: d.Line.UnitAmount, Lowers: r.lowered,
	}
	return taxed{line: line, tax: new(big.Rat).Neg(r.tax)}
}

// charge computes the share of a full amount, and what the discount takes off it. It is one line, unless more seats make the plan
// cheaper by charges that are taxed differently.
func (o Order) charge(c Charge) ([]taxed, error) {
	full, err := c.full()
	if err != nil {
		return nil, err
	}
	amount, err := full.MulRatio(c.Ratio.Num, c.Ratio.Den)
	if err != nil {
		return nil, err
	}
	off, use, err := o.deduct(c, full, amount)
	if err != nil {
		return nil, err
	}
	line := o.Tax.mark(Line{
		Key:         LineKey(o.Subscription, o.Change, c.Period.Start, c.Kind),
		Kind:        c.Kind,
		Description: c.description(),
		Price:       c.Terms.Price, Product: c.Terms.Product, Quantity: c.Seats - c.Before, Amount: amount, Discount: off, Coupon: use,
		TaxRate: c.Terms.TaxRate, TaxBehavior: c.Terms.TaxBehavior, Period: c.Period, Ratio: share(c.Ratio),
		UnitAmount: c.Terms.UnitAmount,
	})
	if line.Base().Sign() < 0 {
		return o.cheaper(line)
	}
	tax, err := exactTax(line.Base(), c.Terms.TaxRate, c.Terms.TaxBehavior)
	return []taxed{{line: line, tax: tax}}, err
}

// full computes the full amount of the seats, less that of those charged before.
func (c Charge) full() (money.Amount, error) {
	full, err := c.Terms.FullAmount(c.Seats)
	if err != nil || c.Kind != LineKindSeats {
		return full, err
	}
	before, err := c.Terms.FullAmount(c.Before)
	if err != nil {
		return before, err
	}
	return full.Sub(before)
}

func (c Charge) description() string {
	seats, more := c.Seats-c.Before, ""
	if c.Kind == LineKindSeats {
		more = "more "
	}
	noun := "seats"
	if seats == 1 {
		noun = "seat"
	}
	return fmt.Sprintf("%d %s%s of %s", seats, more, noun, c.Terms.Price)
}

// share gives the ratio, and nil for the whole.
func share(r period.Ratio) *period.Ratio {
	if r.Num == r.Den {
		return nil
	}
	return &r
}

// smaller gives the one of two amounts of one sign that is nearer to zero.
func smaller(a, b money.Amount) money.Amount {
	if a.Minor().CmpAbs(b.Minor()) <= 0 {
		return a
	}
	return b
}
