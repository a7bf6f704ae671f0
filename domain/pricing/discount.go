package pricing

import (
	"fmt"
	"math/big"

	"github.com/tallystick/tallystick/domain/money"
)

// Duration tells for how many periods a coupon's discount lasts.
type Duration string

const (
	DurationOnce    Duration = "once"    // the first period
	DurationPeriods Duration = "periods" // so many periods
	DurationForever Duration = "forever"
)

// Discount takes a percentage off each period's charge, or an amount for all seats together. It is kept by value, as
// prices are.
type Discount struct {
	Coupon     string        `json:"coupon"`
	PercentOff string        `json:"percent_off,omitempty"` // "25" is 25 %
	AmountOff  *money.Amount `json:"amount_off,omitempty"`
	Duration   Duration      `json:"duration"`
	Periods    int           `json:"periods,omitempty"` // with DurationPeriods only
}

// Lasts counts the periods that the discount applies to, nil for ever.
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

// off computes what the discount takes off the full amount of a line, never more than the amount. A discount by amount is
// for the seats as a whole: a line of more seats, beside the one that has it already, gets none.
func (d *Discount) off(full money.Amount, kind LineKind) (money.Amount, error) {
	switch {
	case d == nil:
		return money.Zero(full.Currency()), nil
	case d.PercentOff != "":
		percent, ok := new(big.Rat).SetString(d.PercentOff)
		if !ok {
			return money.Amount{}, fmt.Errorf("percentage %q of coupon %s is none", d.PercentOff, d.Coupon)
		}
		percent.Mul(percent, exact(full))
		return money.RoundHalfAwayFromZero(full.Currency(), percent.Quo(percent, big.NewRat(100, 1)))
	case d.AmountOff == nil:
		return money.Amount{}, fmt.Errorf("coupon %s takes nothing off", d.Coupon)
	case kind == LineKindSeats || full.Sign() <= 0:
		return money.Zero(full.Currency()), nil
	}
	if _, err := d.AmountOff.Cmp(full); err != nil {
		return money.Amount{}, err
	}
	return smaller(full, *d.AmountOff), nil
}
