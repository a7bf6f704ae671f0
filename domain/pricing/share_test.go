package pricing_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestShareOut(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount {
		amount, _ := money.FromMinor("USD", minor)
		return amount
	}
	month := func(members ...string) (held []pricing.Held) {
		for _, member := range members {
			held = append(held, pricing.Held{Member: member, To: 30})
		}
		return held
	}
	june := append(slices.Repeat([]int64{2}, 15), slices.Repeat([]int64{3}, 15)...)
	annAndBob := []pricing.Held{{Member: "ann", To: 30}, {Member: "bob", From: 10, To: 30}}
	for name, tt := range map[string]struct {
		amount int64
		bought []int64
		held   []pricing.Held
		want   string
	}{
		"all held":                            {3000, slices.Repeat([]int64{2}, 30), month("a", "b"), "a 30 15.00 b 30 15.00 - 0.00"},
		"a part held":                         {3000, slices.Repeat([]int64{3}, 30), []pricing.Held{{Member: "a", To: 30}, {Member: "b", To: 15}}, "a 30 10.00 b 15 5.00 - 15.00"},
		"more seats half way":                 {12000, june, annAndBob, "ann 30 50.00 bob 20 30.00 - 40.00"},
		"the line of the added seats":         {3000, slices.Repeat([]int64{3}, 15), []pricing.Held{{Member: "ann", To: 15}, {Member: "bob", To: 15}}, "ann 15 10.00 bob 15 10.00 - 10.00"},
		"three, and two more on the tenth":    {30000, append(slices.Repeat([]int64{3}, 9), slices.Repeat([]int64{5}, 21)...), annAndBob, "ann 30 72.00 bob 20 40.00 - 188.00"},
		"of those, the line of the two":       {14000, slices.Repeat([]int64{5}, 21), []pricing.Held{{Member: "ann", To: 21}, {Member: "bob", From: 1, To: 21}}, "ann 21 28.00 bob 20 26.67 - 85.33"},
		"ties by name":                        {200, slices.Repeat([]int64{3}, 1), []pricing.Held{{Member: "c", To: 1}, {Member: "b", To: 1}, {Member: "a", To: 1}}, "a 1 0.67 b 1 0.67 c 1 0.66 - 0.00"},
		"a tie with nobody":                   {1, slices.Repeat([]int64{2}, 1), []pricing.Held{{Member: "z", To: 1}}, "z 1 0.01 - 0.00"},
		"a credit":                            {-200, slices.Repeat([]int64{3}, 1), []pricing.Held{{Member: "a", To: 1}, {Member: "b", To: 1}}, "a 1 -0.67 b 1 -0.67 - -0.66"},
		"more held than bought":               {3000, slices.Repeat([]int64{1}, 30), month("a", "b"), "a 30 15.00 b 30 15.00 - 0.00"},
		"a day without bought seats":          {3000, append(slices.Repeat([]int64{1}, 15), slices.Repeat([]int64{0}, 15)...), month("a"), "a 30 15.00 - 15.00"},
		"no day with bought seats":            {3000, slices.Repeat([]int64{0}, 30), month("a"), "a 30 0.00 - 30.00"},
		"nobody":                              {3000, slices.Repeat([]int64{1}, 30), nil, "- 30.00"},
		"away for some days":                  {3000, slices.Repeat([]int64{1}, 30), []pricing.Held{{Member: "a", To: 10}, {Member: "a", From: 20, To: 30}}, "a 20 20.00 - 10.00"},
		"a seat of no day":                    {3000, slices.Repeat([]int64{1}, 30), []pricing.Held{{Member: "a", From: 3, To: 3}}, "a 0 0.00 - 30.00"},
		"nothing":                             {0, slices.Repeat([]int64{0}, 30), nil, "- 0.00"},
		"seats that have no common multiples": {100, []int64{999_983, 999_979, 2}, []pricing.Held{{Member: "a", To: 3}}, "a 3 0.17 - 0.83"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shares, unassigned, err := pricing.ShareOut(usd(tt.amount), tt.bought, tt.held)
			got := ""
			for _, share := range shares {
				got += fmt.Sprintf("%s %d %s ", share.Member, share.Days, share.Amount.Plain())
			}
			if got += "- " + unassigned.Plain(); err != nil || got != tt.want {
				t.Errorf("%s, %v, want %s", got, err, tt.want)
			}
		})
	}
	for name, held := range map[string][]pricing.Held{"no days": nil, "days that are none of the line's": month("a"), "days back": {{From: 1}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bought := slices.Repeat([]int64{1}, 2)
			if held == nil {
				bought = nil
			}
			if _, _, err := pricing.ShareOut(usd(1), bought, held); err == nil {
				t.Error("it is shared out")
			}
		})
	}
}

// TestSharesAddUp holds random shares against the exact ones, day by day, and a line's shares against those of its reversal.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount, _ := money.FromMinor("JPY", rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "amount"))
		bought := rapid.SliceOfN(rapid.Int64Range(0, 9), 1, 40).Draw(t, "bought")
		exact, inUse := map[string]*big.Rat{}, make([]int64, len(bought))
		var held []pricing.Held
		for i := range rapid.IntRange(0, 12).Draw(t, "members") {
			h := pricing.Held{Member: fmt.Sprint(i), From: rapid.IntRange(0, len(bought)).Draw(t, "from")}
			h.To = rapid.IntRange(h.From, len(bought)).Draw(t, "to")
			held = append(held, h)
			for day := h.From; day < h.To; day++ {
				inUse[day]++
			}
		}
		for _, h := range held {
			exact[h.Member] = new(big.Rat)
			for day := h.From; day < h.To; day++ {
				if bought[day] > 0 {
					share := new(big.Rat).Quo(amount.Decimal().Rat(), big.NewRat(int64(len(bought))*max(bought[day], inUse[day]), 1))
					exact[h.Member].Add(exact[h.Member], share)
				}
			}
		}
		shares, sum, err := pricing.ShareOut(amount, bought, held)
		if err != nil {
			t.Fatal(err)
		}
		reversed, back, err := pricing.ShareOut(amount.Neg(), bought, held)
		if err != nil || !back.Equal(sum.Neg()) {
			t.Fatalf("%v, and reversed %v, %v", sum, back, err)
		}
		for i, share := range shares {
			off := new(big.Rat).Sub(share.Amount.Decimal().Rat(), exact[share.Member])
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 || !reversed[i].Amount.Equal(share.Amount.Neg()) {
				t.Fatalf("%v, reversed %v, exactly %v", share, reversed[i], exact[share.Member])
			}
			sum = sum.Plus(share.Amount)
		}
		if !sum.Equal(amount) {
			t.Fatalf("%v of %v", sum, amount)
		}
	})
}
