package pricing_test

import (
	"fmt"
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
	for name, tt := range map[string]struct {
		amount, bought int64
		held           []pricing.SeatDays
		want           string
	}{
		"all held":        {3000, 60, []pricing.SeatDays{{Member: "a", Days: 30}, {Member: "b", Days: 30}}, "a 15.00 b 15.00 - 0.00"},
		"a part held":     {3000, 90, []pricing.SeatDays{{Member: "a", Days: 30}, {Member: "b", Days: 15}}, "a 10.00 b 5.00 - 15.00"},
		"ties by name":    {200, 3, []pricing.SeatDays{{Member: "c", Days: 1}, {Member: "b", Days: 1}, {Member: "a", Days: 1}}, "a 0.67 b 0.67 c 0.66 - 0.00"},
		"a credit":        {-200, 3, []pricing.SeatDays{{Member: "a", Days: 1}, {Member: "b", Days: 1}}, "a -0.67 b -0.67 - -0.66"},
		"more than is":    {3000, 30, []pricing.SeatDays{{Member: "a", Days: 30}, {Member: "b", Days: 30}}, "a 15.00 b 15.00 - 0.00"},
		"nobody":          {3000, 30, nil, "- 30.00"},
		"nothing at all":  {0, 0, nil, "- 0.00"},
		"a day of no use": {3000, 30, []pricing.SeatDays{{Member: "a"}}, "a 0.00 - 30.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shares, unassigned, err := pricing.ShareOut(usd(tt.amount), tt.bought, tt.held)
			got := ""
			for _, share := range shares {
				got += fmt.Sprintf("%s %s ", share.Member, share.Amount.Plain())
			}
			if got += "- " + unassigned.Plain(); err != nil || got != tt.want {
				t.Errorf("%s, %v, want %s", got, err, tt.want)
			}
		})
	}
	t.Run("something of nothing", func(t *testing.T) {
		t.Parallel()
		if _, _, err := pricing.ShareOut(usd(1), 0, nil); err == nil {
			t.Error("something is shared of nothing")
		}
	})
}

func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount, _ := money.FromMinor("JPY", rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "amount"))
		var held []pricing.SeatDays
		for i, days := range rapid.SliceOfN(rapid.Int64Range(0, 366), 0, 30).Draw(t, "held") {
			held = append(held, pricing.SeatDays{Member: fmt.Sprint(i), Days: days})
		}
		shares, sum, err := pricing.ShareOut(amount, rapid.Int64Range(1, 5_000).Draw(t, "bought"), held)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range shares {
			if share.Amount.Sign()*amount.Sign() < 0 {
				t.Fatalf("%v of %v", share, amount)
			}
			sum, _ = sum.Add(share.Amount)
		}
		if !sum.Equal(amount) {
			t.Fatalf("%v of %v", sum, amount)
		}
	})
}
