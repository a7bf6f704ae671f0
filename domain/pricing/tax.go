package pricing

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/tallystick/tallystick/domain/money"
)

// taxed holds a line whose tax is known exactly and not yet in whole minor units.
type taxed struct {
	line Line
	tax  *big.Rat
}

// exactTax computes the tax on a base, or in it, before rounding.
func exactTax(base money.Amount, rate string, behavior TaxBehavior) (*big.Rat, error) {
	share, ok := new(big.Rat).SetString(rate)
	if !ok || share.Sign() < 0 {
		return nil, fmt.Errorf("tax rate %q is none", rate)
	}
	if behavior == TaxBehaviorInclusive {
		share.Quo(share, new(big.Rat).Add(big.NewRat(1, 1), share))
	}
	return share.Mul(share, exact(base)), nil
}

// roundTax rounds the tax once for each rate of the bill and spreads it over the lines: each has its exact tax cut
// toward zero, and the minor units that the rounded sum has more or fewer go one each to the lines that lost most by
// the cut. Charges and credits may be mixed, and turning all signs turns all results.
func roundTax(currency money.Currency, lines []taxed) error {
	for _, group := range byRate(lines) {
		rounded, err := groupTax(currency, lines, group)
		if err != nil {
			return err
		}
		if err := spread(currency, rounded, lines, group); err != nil {
			return err
		}
	}
	return nil
}

// groupTax rounds the tax of lines that are taxed alike. For inclusive amounts it rounds the net, and the tax is the rest:
// of 9.99 with 20 % in it, 8.325 is 8.33, so that the tax is 1.66.
func groupTax(currency money.Currency, lines []taxed, group []int) (money.Amount, error) {
	sum, base := new(big.Rat), money.Zero(currency)
	for _, i := range group {
		sum.Add(sum, lines[i].tax)
		base = base.Plus(lines[i].line.Base())
	}
	if lines[group[0]].line.TaxBehavior != TaxBehaviorInclusive {
		return money.RoundHalfAwayFromZero(currency, sum)
	}
	net, err := money.RoundHalfAwayFromZero(currency, sum.Sub(exact(base), sum))
	return base.Minus(net), err
}

// byRate groups the indexes of lines that are taxed alike.
func byRate(lines []taxed) [][]int {
	type rate struct {
		rate     string
		behavior TaxBehavior
	}
	groups, at := [][]int{}, map[rate]int{}
	for i, l := range lines {
		key := rate{l.line.TaxRate, l.line.TaxBehavior}
		if _, known := at[key]; !known {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], i)
	}
	return groups
}

func spread(currency money.Currency, total money.Amount, lines []taxed, group []int) error {
	unit, err := money.FromMinor(currency, 1)
	if err != nil {
		return err
	}
	left, lost := total, make(map[int]*big.Rat, len(group))
	for _, i := range group {
		minor := new(big.Rat).Quo(lines[i].tax, exact(unit))
		whole := new(big.Int).Quo(minor.Num(), minor.Denom())
		cut, err := money.RoundHalfAwayFromZero(currency, new(big.Rat).Mul(new(big.Rat).SetInt(whole), exact(unit)))
		if err != nil {
			return err
		}
		lines[i].line.Tax, lost[i] = cut, new(big.Rat).Sub(minor, new(big.Rat).SetInt(whole))
		left = left.Minus(cut)
	}
	sign := int64(left.Sign())
	order := slices.Clone(group)
	slices.SortStableFunc(order, func(i, j int) int { return int(sign) * lost[j].Cmp(lost[i]) })
	// Each line lost less than one unit, so fewer units are left than lines that lost in that direction.
	for n := range new(big.Int).Abs(left.Minor()).Int64() {
		lines[order[n]].line.Tax = lines[order[n]].line.Tax.Plus(unit.Mul(sign))
	}
	return nil
}

func exact(a money.Amount) *big.Rat { return a.Decimal().Rat() }
