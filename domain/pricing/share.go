package pricing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/domain/money"
)

// SeatDays counts the days of a line's period on which a member held a seat.
type SeatDays struct {
	Member string
	Days   int64
}

// Share tells what a member's seat costs of a line.
type Share struct {
	Member string
	Days   int64
	Amount money.Amount
}

// ShareOut splits the amount of a line, which bought so many seat-days, among those who held seats, by largest remainder
// and among equals by name. What nobody held is not spread silently: it is the unassigned part. Shares and that part add
// up to the amount exactly. Where more was held than bought, after a limit fell, nothing is unassigned. The error is a
// fault: negative days, or no days of an amount that is some.
func ShareOut(amount money.Amount, bought int64, held []SeatDays) (shares []Share, unassigned money.Amount, err error) {
	held = slices.SortedFunc(slices.Values(held), func(a, b SeatDays) int { return strings.Compare(a.Member, b.Member) })
	weights, total := make([]int64, 0, len(held)+1), int64(0)
	for _, h := range held {
		weights, total = append(weights, h.Days), total+h.Days
	}
	weights = append(weights, max(0, bought-total))
	if amount.IsZero() && bought == 0 && total == 0 {
		weights[len(held)] = 1
	}
	parts, err := amount.Allocate(weights)
	if err != nil {
		return nil, amount, fmt.Errorf("share %v of %d seat-days: %w", amount, bought, err)
	}
	for i, h := range held {
		shares = append(shares, Share{Member: h.Member, Days: h.Days, Amount: parts[i]})
	}
	return shares, parts[len(held)], nil
}
