package pricing_test

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCompareTerms(t *testing.T) {
	t.Parallel()
	terms := func(price string, tier int, interval period.Interval, count int) pricing.Terms {
		return pricing.Terms{Price: price, Tier: tier, Interval: interval, IntervalCount: count}
	}
	from := terms("pro-quarterly", 20, period.IntervalMonth, 3)
	for name, tt := range map[string]struct {
		to   pricing.Terms
		want pricing.Change
	}{
		"same price":                    {from, pricing.ChangeCurrent},
		"higher tier":                   {terms("x", 30, period.IntervalMonth, 3), pricing.ChangeUpgrade},
		"higher tier, shorter interval": {terms("x", 30, period.IntervalMonth, 1), pricing.ChangeUpgrade},
		"lower tier":                    {terms("x", 10, period.IntervalMonth, 3), pricing.ChangeDowngrade},
		"lower tier, longer interval":   {terms("x", 10, period.IntervalYear, 1), pricing.ChangeDowngrade},
		"longer interval":               {terms("x", 20, period.IntervalYear, 1), pricing.ChangeUpgrade},
		"more months":                   {terms("x", 20, period.IntervalMonth, 4), pricing.ChangeUpgrade},
		"shorter interval":              {terms("x", 20, period.IntervalMonth, 1), pricing.ChangeDowngrade},
		"same tier and interval":        {terms("x", 20, period.IntervalMonth, 3), pricing.ChangeDowngrade},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := pricing.CompareTerms(from, tt.to); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	t.Run("twelve months are as long as a year", func(t *testing.T) {
		t.Parallel()
		year, months := terms("y", 20, period.IntervalYear, 1), terms("m", 20, period.IntervalMonth, 12)
		if got := pricing.CompareTerms(year, months); got != pricing.ChangeDowngrade {
			t.Errorf("%s", got)
		}
	})
}

func TestAllowsSeats(t *testing.T) {
	t.Parallel()
	open := pricing.Terms{MinSeats: 3}
	closed := pricing.Terms{MinSeats: 3, MaxSeats: new(int64(5))}
	for seats, want := range map[int64][2]bool{
		-1: {false, false}, 0: {false, false}, 2: {false, false}, 3: {true, true}, 5: {true, true}, 6: {true, false},
		pricing.SeatsMax: {true, false}, pricing.SeatsMax + 1: {false, false}, 1<<63 - 1: {false, false},
	} {
		t.Run(fmt.Sprint(seats), func(t *testing.T) {
			t.Parallel()
			if got := [2]bool{open.AllowsSeats(seats), closed.AllowsSeats(seats)}; got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}
