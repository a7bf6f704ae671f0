package pricing

import (
	"math/big"
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// Duration tells how long a coupon's discount lasts.
type Duration string

const (
	DurationOnce    Duration = "once"    // the first period; with an amount a voucher
	DurationPeriods Duration = "periods" // as long as so many periods of the interval at the first use
	DurationMonths  Duration = "months"  // so many months, percentages only
	DurationForever Duration = "forever"
)

// Durations lists all of them.
var Durations = []Duration{DurationOnce, DurationPeriods, DurationMonths, DurationForever}

// Discount takes a percentage off each charge, or an amount off those of a period together. It is kept by value, as prices
// are.
type Discount struct {
	Coupon     string        `json:"coupon"`
	Name       string        `json:"name,omitempty"`
	PercentOff string        `json:"percent_off,omitempty"` // "25" is 25 %
	AmountOff  *money.Amount `json:"amount_off,omitempty"`
	Duration   Duration      `json:"duration"`
	Periods    int           `json:"periods,omitempty"` // with DurationPeriods only
	Months     int           `json:"months,omitzero"`   // with DurationMonths only
}

// Title names the discount for people: by its name, or without one by its code.
func (d Discount) Title() string {
	if d.Name != "" {
		return d.Name
	}
	return d.Coupon
}

// Lasts counts the periods that the discount applies to, nil where a time or nothing ends it.
func (d Discount) Lasts() *int {
	switch d.Duration {
	case DurationOnce:
		return new(1)
	case DurationPeriods:
		return new(d.Periods)
	default:
		return nil
	}
}

// MonthsLong counts the months of a discount whose first use is by periods of so many months; 0 where no time ends it.
func (d Discount) MonthsLong(cycle int) int {
	switch d.Duration {
	case DurationPeriods:
		return d.Periods * cycle
	case DurationMonths:
		return d.Months
	default:
		return 0
	}
}

// voucher reports whether the discount is an amount to be used up, in whatever part of its period.
func (d Discount) voucher() bool { return d.AmountOff != nil && d.Duration == DurationOnce }

// Deduction holds a discount in use by the charges of one period.
type Deduction struct {
	Value       Discount   `json:"value"`
	CycleMonths int        `json:"cycle_months"` // of the interval at its first use, which an amount is for; 0 before that
	EndsAt      *time.Time `json:"ends_at"`      // nil where no time ends it
	Spent       Exact      `json:"spent"`        // of a voucher, by the used parts of lines that ended
}

// Use tells which coupon the discount of a line is of, and what the line has of it.
type Use struct {
	Coupon      string     `json:"coupon"`
	Name        string     `json:"name,omitempty"`
	CycleMonths int        `json:"cycle_months"`
	EndsAt      *time.Time `json:"ends_at,omitempty"`
	// Taken is the part of the coupon's amount, for a full period; of a voucher the money itself. Percentages have none.
	Taken Exact `json:"taken,omitempty"`
}

// Title names the coupon for people, as [Discount.Title] does; it is empty where there is none.
func (u *Use) Title() string {
	if u == nil {
		return ""
	}
	return Discount{Coupon: u.Coupon, Name: u.Name}.Title()
}

// Exact holds a number that is not rounded, as "50" or "10/3"; the empty one is nothing.
type Exact string

func exactly(r *big.Rat) Exact {
	if r.Sign() == 0 {
		return ""
	}
	return Exact(r.RatString())
}

// rat gives the number to calculate with. Only exactly writes one, so there is none that can't be read.
func (e Exact) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(e))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// took gives what a line has of the coupon's amount. Lines of earlier releases don't tell it, but their discount does.
func (d Deduction) took(l Line) *big.Rat {
	switch {
	case l.Coupon != nil && l.Coupon.Coupon != d.Value.Coupon:
		return new(big.Rat)
	case l.Coupon != nil:
		return l.Coupon.Taken.rat()
	case l.Ratio == nil || l.Ratio.Num == 0 || d.Value.voucher():
		return exact(l.Discount)
	}
	return new(big.Rat).Quo(exact(l.Discount), l.Ratio.Rat())
}

// whole computes the coupon's amount for a period of so many months.
func (d Deduction) whole(months int) *big.Rat {
	amount := exact(*d.Value.AmountOff)
	if d.CycleMonths == 0 || d.Value.voucher() {
		return amount
	}
	return amount.Mul(amount, big.NewRat(int64(months), int64(d.CycleMonths)))
}
