package money

import (
	"errors"
	"math/big"
	"slices"
)

var (
	// ErrRatioInvalid says that a ratio has the denominator 0.
	ErrRatioInvalid = errors.New("a ratio needs a denominator other than 0")
	// ErrWeightsInvalid says that an amount can't be split by these weights.
	ErrWeightsInvalid = errors.New("weights must not be negative, and at least one must be more than 0")
)

// RoundHalfAwayFromZero rounds an exact value in major units to the nearest whole number of minor units, and of two
// equally near to the one farther from zero, so that a credit rounds like the charge that it takes back. Bills round in no
// other way, and once, at the end of a line's calculation.
func RoundHalfAwayFromZero(currency Currency, exact *big.Rat) (Amount, error) {
	if !currency.Valid() {
		return Amount{}, ErrCurrencyUnknown
	}
	num := new(big.Int).Mul(exact.Num(), power10(currency.Digits()))
	return of(currency, roundedQuotient(num, exact.Denom())), nil
}

// MulRatio gives a × num/den, rounded by [RoundHalfAwayFromZero]'s rule, or [ErrRatioInvalid].
func (a Amount) MulRatio(num, den int64) (Amount, error) {
	if den == 0 {
		return Amount{}, ErrRatioInvalid
	}
	product := new(big.Int).Mul(a.Minor(), big.NewInt(num))
	divisor := big.NewInt(den)
	if divisor.Sign() < 0 {
		product.Neg(product)
		divisor.Neg(divisor)
	}
	return of(a.currency, roundedQuotient(product, divisor)), nil
}

// Allocate splits a into parts proportional to weights that add up to a exactly. Each part is first cut toward zero;
// the minor units left over go one each to the largest remainders, and to the lower index among equals. A negative
// amount is split like its absolute value. The error is [ErrWeightsInvalid].
func (a Amount) Allocate(weights []int64) ([]Amount, error) {
	exact := make([]*big.Int, len(weights))
	for i, weight := range weights {
		exact[i] = big.NewInt(weight)
	}
	return a.AllocateExactly(exact)
}

// AllocateBy splits a as [Amount.Allocate] does, by weights that are amounts of one currency.
func (a Amount) AllocateBy(weights []Amount) ([]Amount, error) {
	exact := make([]*big.Int, len(weights))
	for i, weight := range weights {
		if weight.currency != weights[0].currency {
			return nil, mismatch(weights[0].currency, weight.currency)
		}
		exact[i] = weight.Minor()
	}
	return a.AllocateExactly(exact)
}

// AllocateExactly splits a as [Amount.Allocate] does, by weights of any size.
func (a Amount) AllocateExactly(weights []*big.Int) ([]Amount, error) {
	total := new(big.Int)
	for _, weight := range weights {
		if weight.Sign() < 0 {
			return nil, ErrWeightsInvalid
		}
		total.Add(total, weight)
	}
	if total.Sign() == 0 {
		return nil, ErrWeightsInvalid
	}
	left := new(big.Int).Abs(a.Minor())
	quotients, remainders := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	for i, weight := range weights {
		product := new(big.Int).Abs(a.Minor())
		product.Mul(product, weight)
		quotients[i], remainders[i] = product.QuoRem(product, total, new(big.Int))
	}
	for _, quotient := range quotients {
		left.Sub(left, quotient)
	}
	// The remainders add up to left × total, so fewer units are left than there are parts.
	for _, i := range byLargest(remainders)[:left.Int64()] {
		quotients[i].Add(quotients[i], big.NewInt(1))
	}
	parts := make([]Amount, len(weights))
	for i, quotient := range quotients {
		parts[i] = of(a.currency, quotient)
		if a.Sign() < 0 {
			parts[i] = parts[i].Neg()
		}
	}
	return parts, nil
}

// byLargest gives the indexes of values from the largest to the smallest, the lower index first among equals.
func byLargest(values []*big.Int) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return values[j].Cmp(values[i]) })
	return order
}

// roundedQuotient rounds num/den to the nearest integer, half away from zero; den is positive.
func roundedQuotient(num, den *big.Int) *big.Int {
	quotient, remainder := new(big.Int).QuoRem(num, den, new(big.Int))
	if remainder.Lsh(remainder.Abs(remainder), 1).Cmp(den) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(num.Sign())))
	}
	return quotient
}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
