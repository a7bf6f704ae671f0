package pricing

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/tallystick/tallystick/domain/money"
)

// Held tells that a member held a seat on a line's days From up to but not including To, by their numbers. A member holds
// one seat on a day.
type Held struct {
	Member   string
	From, To int
}

// Share tells what a member's seat costs of a line.
type Share struct {
	Member string
	Days   int64
	Amount money.Amount
}

// ShareOut splits the amount of a line by days: each day has an equal part, which all seats share that were bought on that
// day, each at the same price. Members pay for the days on which they held one. The rest is unassigned, and so is all of a
// day without bought seats. Where more seats were held than bought, after a limit fell, those held share the day.
//
// Amounts are rounded once, by largest remainder, among equals by name, and the unassigned part comes last. They add up to the
// amount exactly. The error is a fault: there are no days, or not those that were held.
func ShareOut(amount money.Amount, bought []int64, held []Held) (shares []Share, unassigned money.Amount, err error) {
	held = slices.SortedStableFunc(slices.Values(held), func(a, b Held) int { return cmp.Compare(a.Member, b.Member) })
	inUse := make([]int64, len(bought))
	for _, h := range held {
		if h.From < 0 || h.To > len(bought) || h.From > h.To {
			return nil, amount, fmt.Errorf("%s held days %d to %d of %d", h.Member, h.From, h.To, len(bought))
		}
		for day := h.From; day < h.To; day++ {
			inUse[day]++
		}
	}
	upTo, rest := dayPrices(bought, inUse)
	var weights []*big.Int
	for _, h := range held {
		if last := len(shares) - 1; last < 0 || shares[last].Member != h.Member {
			shares, weights = append(shares, Share{Member: h.Member}), append(weights, new(big.Int))
		}
		last := len(shares) - 1
		price := new(big.Int).Sub(upTo[h.To], upTo[h.From])
		shares[last].Days += int64(h.To - h.From)
		weights[last].Add(weights[last], price)
		rest.Sub(rest, price)
	}
	parts, err := amount.AllocateExactly(append(weights, rest))
	if err != nil {
		return nil, amount, fmt.Errorf("share %v of %d days: %w", amount, len(bought), err)
	}
	for i := range shares {
		shares[i].Amount = parts[i]
	}
	return shares, parts[len(shares)], nil
}

// dayPrices gives what one seat costs on all days before each, as whole numbers of one unit, and what all days cost in it. The
// unit is that part of a day's price which every number of seats divides.
func dayPrices(bought, inUse []int64) (upTo []*big.Int, all *big.Int) {
	day := big.NewInt(1) // the price of a day
	for i, n := range bought {
		if n > 0 {
			seats := big.NewInt(max(n, inUse[i]))
			common := new(big.Int).GCD(nil, nil, day, seats)
			day.Mul(day, seats.Quo(seats, common))
		}
	}
	upTo = []*big.Int{new(big.Int)}
	for i, n := range bought {
		price := new(big.Int)
		if n > 0 {
			price.Quo(day, big.NewInt(max(n, inUse[i])))
		}
		upTo = append(upTo, price.Add(price, upTo[i]))
	}
	return upTo, day.Mul(day, big.NewInt(int64(len(bought))))
}
