package pricing

import (
	"math/big"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Lowered tells what a negative line takes off a charge in force: of its base, and of its tax.
type Lowered struct {
	Line    string       `json:"line"`
	Invoice string       `json:"invoice"`
	Amount  money.Amount `json:"amount"`
	Tax     money.Amount `json:"tax"`
}

// back gives the part the other way round.
func (l Lowered) back() Lowered {
	l.Amount, l.Tax = l.Amount.Neg(), l.Tax.Neg()
	return l
}

// PutInForce puts a line of an invoice in force beside others. A negative line takes its amount off the charges that it lowers,
// so that [Debit.Left] of them knows it. A line of an earlier release does not name them; it lowers those that one of today
// would, as far as its tax allows.
func PutInForce(inForce []Debit, line Line, invoice string, schedule period.Schedule) ([]Debit, error) {
	debit := NewDebit(line, invoice)
	debit.Lowers = line.Lowers
	if line.Base().Sign() < 0 && line.Lowers == nil {
		parts, err := lower(inForce, line.Base().Neg(), schedule, line.Period.Start)
		if err != nil {
			return nil, err
		}
		tax := line.Tax.Neg()
		for _, part := range parts {
			part.Tax = smaller(part.Tax, tax)
			tax = tax.Minus(part.Tax)
			debit.Lowers = append(debit.Lowers, part.Lowered)
		}
	}
	inForce = slices.Clone(inForce)
	for _, part := range debit.Lowers {
		if at := indexOf(inForce, part.Line); at >= 0 {
			inForce[at] = inForce[at].Credit(part.Amount, part.Tax)
		}
	}
	return append(inForce, debit), nil
}

func indexOf(debits []Debit, key string) int {
	return slices.IndexFunc(debits, func(d Debit) bool { return d.Line.Key == key })
}

// lowering is a part of a negative line with the charge that it is taken off.
type lowering struct {
	Lowered
	of Line
}

// lower spreads an amount over the charges in force, the first ones first: of each at most what taking it back at that instant
// would give. Each part has the very tax that was charged.
func lower(inForce []Debit, amount money.Amount, schedule period.Schedule, at time.Time) (parts []lowering, err error) {
	rests, err := restsOf(inForce, schedule, at)
	if err != nil {
		return nil, err
	}
	for _, r := range rests {
		value := r.amount.Minus(r.back)
		if r.debit.Line.Base().Sign() <= 0 || value.Sign() <= 0 || amount.Sign() <= 0 {
			continue
		}
		part := smaller(amount, value)
		left, leftTax := r.debit.Left()
		tax, err := partTax(r.debit.Line, part, left, leftTax)
		if err != nil {
			return nil, err
		}
		amount = amount.Minus(part)
		parts = append(parts, lowering{Lowered{Line: r.debit.Line.Key, Invoice: r.debit.Invoice, Amount: part, Tax: tax}, r.debit.Line})
	}
	return parts, nil
}

// partTax computes, rounded, the tax of a part of what is left of a line, and of all that is left all of its tax.
func partTax(line Line, part, left, leftTax money.Amount) (money.Amount, error) {
	if part.Equal(left) {
		return leftTax, nil
	}
	tax, err := exactTax(part, line.TaxRate, line.TaxBehavior)
	if err != nil {
		return leftTax, err
	}
	rounded, err := groupTax(part.Currency(), []taxed{{line: Line{Amount: part, Discount: part.Mul(0), TaxBehavior: line.TaxBehavior}, tax: tax}}, []int{0})
	return smaller(rounded, leftTax), err
}

// rest holds the amounts that taking back a line in force comes to.
type rest struct {
	debit   Debit
	amount  money.Amount // of the base, with its sign
	tax     *big.Rat
	back    money.Amount // of a charge, what the negative lines that lowered it give back with it
	backTax money.Amount
	lowered []Lowered // of a negative line, its parts that are given back
	gone    bool      // nothing is left of the line, or of all that it lowers
}

// restsOf computes what taking lines back at an instant comes to. Of a charge it is the share of what was charged, discount and
// all, that is left. The negative lines that lowered the charge are taken back with it, by their share, so that both together
// are never more than what is left of the charge, in amount or in tax, and never less than nothing. Parts of negative lines
// whose charge is not among the lines stay.
func restsOf(debits []Debit, schedule period.Schedule, at time.Time) ([]rest, error) {
	rests := make([]rest, 0, len(debits))
	for _, d := range debits {
		none := money.Zero(d.Line.Amount.Currency())
		r := rest{debit: d, amount: none, back: none, backTax: none, tax: new(big.Rat)}
		if d.Line.Base().Sign() >= 0 {
			ratio := schedule.Left(d.Line.Period, at)
			var err error
			if r.amount, err = d.Line.Base().MulRatio(ratio.Num, ratio.Den); err != nil {
				return nil, err
			}
			left, _ := d.Left()
			r.gone = left.IsZero() && !d.Line.Base().IsZero()
		}
		rests = append(rests, r)
	}
	for i := range rests {
		if rests[i].debit.Line.Base().Sign() < 0 {
			if err := giveBack(rests, i, schedule, at); err != nil {
				return nil, err
			}
		}
	}
	for i := range rests {
		if rests[i].debit.Line.Base().Sign() >= 0 {
			if err := rests[i].bound(); err != nil {
				return nil, err
			}
		}
	}
	return rests, nil
}

// giveBack takes back a negative line beside the charges that it lowers.
func giveBack(rests []rest, negative int, schedule period.Schedule, at time.Time) error {
	n := &rests[negative]
	n.gone = true
	ratio := schedule.Left(n.debit.Line.Period, at)
	for _, part := range n.debit.Lowers {
		i := slices.IndexFunc(rests, func(r rest) bool { return r.debit.Line.Key == part.Line })
		if i < 0 || rests[i].gone {
			continue
		}
		n.gone = false
		charge := &rests[i]
		amount, err := part.Amount.MulRatio(ratio.Num, ratio.Den)
		if err != nil {
			return err
		}
		amount = smaller(amount, charge.amount.Minus(charge.back))
		tax, err := partTax(charge.debit.Line, amount, part.Amount, part.Tax)
		if err != nil {
			return err
		}
		charge.back, charge.backTax = charge.back.Plus(amount), charge.backTax.Plus(tax)
		part.Amount, part.Tax = amount, tax
		n.lowered = append(n.lowered, part.back())
		n.amount = n.amount.Minus(amount)
		n.tax.Sub(n.tax, exact(tax))
	}
	return nil
}

// bound holds a charge to what is left of it, beside what negative lines give back. A charge that is taken back to the last
// minor unit gives all of its tax back.
func (r *rest) bound() error {
	left, leftTax := r.debit.Left()
	left, leftTax = left.Plus(r.back), leftTax.Plus(r.backTax)
	r.amount = smaller(r.amount, left)
	tax, err := exactTax(r.amount, r.debit.Line.TaxRate, r.debit.Line.TaxBehavior)
	if err != nil {
		return err
	}
	if limit := exact(leftTax); r.amount.Equal(left) || tax.Cmp(limit) > 0 {
		tax = limit
	}
	r.tax = most(tax, exact(r.backTax))
	return nil
}

// cheaper makes the lines of more seats that make the plan cheaper. Each lowers charges in force that are taxed alike, has the
// very tax of them, and all together are at most what is left of those: nothing becomes credit that was not charged.
func (o Order) cheaper(line Line) ([]taxed, error) {
	parts, err := lower(o.Beside, line.Base().Neg(), o.Schedule, o.At)
	if err != nil {
		return nil, err
	}
	lowered := money.Zero(o.Currency)
	for _, part := range parts {
		lowered = lowered.Plus(part.Amount)
	}
	if line, err = line.bounded(lowered); err != nil || len(parts) == 0 {
		return []taxed{{line: line, tax: new(big.Rat)}}, err
	}
	var lines []taxed
	for _, part := range parts {
		at := slices.IndexFunc(lines, func(l taxed) bool { return sameTax(l.line, part.of) })
		if at < 0 {
			at, lines = len(lines), append(lines, taxed{line: line.taxedAs(part.of), tax: new(big.Rat)})
			if at > 0 {
				lines[at].line.Key, lines[at].line.Quantity = keyOf(o.Subscription, o.Change, line.Period.Start, part.Line, LineKindSeats), 0
			}
		}
		lines[at].line.Lowers = append(lines[at].line.Lowers, part.Lowered)
		lines[at].tax.Sub(lines[at].tax, exact(part.Tax))
	}
	return lines, line.spread(lines)
}

// bounded holds a negative line to an amount. A percentage is of what is left then; what was taken of a coupon's amount comes
// back all the same.
func (l Line) bounded(to money.Amount) (Line, error) {
	base := l.Base().Neg()
	if to.Equal(base) {
		return l, nil
	}
	if l.Coupon == nil || l.Coupon.Taken == "" {
		ratio := new(big.Rat).Quo(exact(to), exact(base))
		off, err := money.RoundHalfAwayFromZero(to.Currency(), ratio.Mul(ratio, exact(l.Discount)))
		if err != nil {
			return l, err
		}
		l.Discount = off
	}
	l.Amount = l.Discount.Minus(to)
	return l, nil
}

// taxedAs gives the line the tax of another one.
func (l Line) taxedAs(other Line) Line {
	l.TaxRate, l.TaxBehavior, l.TaxTreatment, l.TaxReason = other.TaxRate, other.TaxBehavior, other.TaxTreatment, other.TaxReason
	return l
}

func sameTax(a, b Line) bool {
	return a.TaxRate == b.TaxRate && a.TaxBehavior == b.TaxBehavior && a.TaxTreatment == b.TaxTreatment && a.TaxReason == b.TaxReason
}

// spread hands a negative line's amounts to the lines that it becomes, by what each of them lowers.
func (l Line) spread(lines []taxed) error {
	weights, sum := make([]money.Amount, len(lines)), l.Base().Neg()
	for i := range lines {
		weights[i] = sum.Mul(0)
		for _, part := range lines[i].line.Lowers {
			weights[i] = weights[i].Plus(part.Amount)
		}
	}
	discounts, err := l.Discount.AllocateBy(weights)
	if err != nil {
		return err
	}
	for i := range lines {
		line := &lines[i].line
		line.Discount = discounts[i]
		line.Amount = line.Discount.Minus(weights[i])
		if l.Coupon != nil {
			use := *l.Coupon
			taken := new(big.Rat).Quo(exact(weights[i]), exact(sum))
			use.Taken = exactly(taken.Mul(taken, use.Taken.rat()))
			line.Coupon = &use
		}
	}
	return nil
}
