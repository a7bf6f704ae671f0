package pricing

import (
	"fmt"
	"math/big"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// deduct computes how much the discount takes off a charge, never more than its amount, and how much of the coupon the charge
// uses up. It takes a percentage of the rounded amount, so that a reader can check it.
func (o Order) deduct(c Charge, full, amount money.Amount) (money.Amount, *Use, error) {
	d := o.Deduction
	if d == nil {
		return money.Zero(amount.Currency()), nil, nil
	}
	use := &Use{Coupon: d.Value.Coupon, Name: d.Value.Name, CycleMonths: d.CycleMonths, EndsAt: d.EndsAt}
	within := c.Ratio
	if c.Within != nil {
		within = *c.Within
	}
	switch {
	case d.Value.PercentOff != "":
		off, err := d.Value.percentOf(amount, within.Num, c.Ratio.Num)
		return off, use, err
	case d.Value.AmountOff == nil:
		return amount, nil, fmt.Errorf("coupon %s takes nothing off", d.Value.Coupon)
	case d.Value.AmountOff.Currency() != amount.Currency():
		return amount, nil, money.ErrCurrencyMismatch
	}
	r, err := o.room(c)
	if err != nil {
		return amount, nil, err
	}
	var taken, off *big.Rat
	if d.Value.voucher() {
		taken = r.take(exact(amount))
		off = taken
	} else {
		taken = r.take(exact(full))
		off = new(big.Rat).Mul(taken, within.Rat())
	}
	use.Taken = exactly(taken)
	rounded, err := money.RoundHalfAwayFromZero(amount.Currency(), off)
	return rounded, use, err
}

// percentOf takes the percentage of an amount, or of part/all of it, and rounds once.
func (d Discount) percentOf(amount money.Amount, part, all int64) (money.Amount, error) {
	percent, ok := new(big.Rat).SetString(d.PercentOff)
	if !ok {
		return money.Amount{}, fmt.Errorf("percentage %q of coupon %s is none", d.PercentOff, d.Coupon)
	}
	percent.Mul(percent, exact(amount)).Quo(percent, big.NewRat(100, 1))
	if part != all {
		percent.Mul(percent, big.NewRat(part, all))
	}
	return money.RoundHalfAwayFromZero(amount.Currency(), percent)
}

// room tells how much of a coupon's amount a charge can use. It counts a voucher in money, and any other amount for a full
// period.
type room struct {
	whole   *big.Rat // the coupon's amount, of a voucher less what is used up
	taken   *big.Rat // of that, by the lines beside the charge
	charged *big.Rat // by those lines
}

// take gives a charge what is left, up to the charge. A charge below nothing, where more seats cost less, gives back the part
// that is more than all of them cost together.
func (r room) take(charge *big.Rat) *big.Rat {
	none := new(big.Rat)
	if charge.Sign() >= 0 {
		return least(charge, most(none, new(big.Rat).Sub(r.whole, r.taken)))
	}
	return least(none, new(big.Rat).Sub(new(big.Rat).Add(r.charged, charge), r.taken))
}

// room computes how much of the coupon's amount the lines in force leave to a charge. Lines that end with the order leave all
// that they have of it; of a voucher only the part that is not used up.
func (o Order) room(c Charge) (room, error) {
	d := *o.Deduction
	r := room{whole: d.whole(c.Terms.Cycle().Months()), taken: new(big.Rat), charged: new(big.Rat)}
	if c.Kind == LineKindSeats {
		before, err := c.Terms.FullAmount(c.Before)
		if err != nil {
			return r, err
		}
		r.charged = exact(before)
	}
	if !d.Value.voucher() {
		for _, debit := range o.Beside {
			r.taken.Add(r.taken, d.took(debit.Line))
		}
		return r, nil
	}
	r.charged.Mul(r.charged, c.Ratio.Rat())
	for _, debit := range o.Beside {
		r.taken.Add(r.taken, new(big.Rat).Mul(d.took(debit.Line), o.Schedule.Left(debit.Line.Period, o.At).Rat()))
	}
	used := d.Spent.rat()
	for _, debits := range [][]Debit{o.Ends, o.Beside} {
		for _, debit := range debits {
			if debit.Line.Period.End.Equal(c.Period.End) {
				used.Add(used, d.used(debit.Line, o.Schedule, o.At))
			}
		}
	}
	r.whole.Sub(r.whole, used)
	return r, nil
}

// used computes what of a voucher went with the time of a line up to an instant.
func (d Deduction) used(l Line, schedule period.Schedule, at time.Time) *big.Rat {
	gone := new(big.Rat).Sub(big.NewRat(1, 1), schedule.Left(l.Period, at).Rat())
	return gone.Mul(gone, d.took(l))
}

// Ended gives the deduction after lines of its period ended: the parts of them that were used are spent of a voucher.
func (d Deduction) Ended(lines []Debit, schedule period.Schedule, at time.Time) Deduction {
	if !d.Value.voucher() {
		return d
	}
	spent := d.Spent.rat()
	for _, debit := range lines {
		spent.Add(spent, d.used(debit.Line, schedule, at))
	}
	d.Spent = exactly(spent)
	return d
}

// Left computes what of an amount is left for more charges of a period of so many months beside these lines, rounded: of a
// voucher the money, of any other for a full period. It is nil of a percentage.
func (d Deduction) Left(lines []Debit, months int) (*money.Amount, error) {
	if d.Value.AmountOff == nil {
		return nil, nil
	}
	left := d.whole(months)
	left.Sub(left, d.Spent.rat())
	for _, debit := range lines {
		left.Sub(left, d.took(debit.Line))
	}
	rounded, err := money.RoundHalfAwayFromZero(d.Value.AmountOff.Currency(), most(new(big.Rat), left))
	return &rounded, err
}

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

func most(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}
