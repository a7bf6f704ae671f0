package money_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
)

// The examples are published ones of proration and of currency rounding.
func TestMulRatio(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		amount   string
		num, den int64
		want     string
	}{
		{"USD", "10.00", 27, 31, "8.71"},
		{"USD", "15.00", 20, 31, "9.68"},
		{"USD", "19.00", 20, 31, "12.26"},
		{"USD", "50000.00", 17, 31, "27419.35"},
		{"USD", "249.95", 27, 30, "224.96"}, // 224.955 exactly
		{"USD", "-249.95", 27, 30, "-224.96"},
		{"USD", "249.95", -27, 30, "-224.96"},
		{"USD", "249.95", 27, -30, "-224.96"},
		{"USD", "200.00", 29, 30, "193.33"},
		{"USD", "12.00", 0, 31, "0.00"},
		{"USD", "0.01", 1, 2, "0.01"},
		{"USD", "0.01", 49, 100, "0.00"},
		{"JPY", "1", 1, 2, "1"},
		{"JPY", "-1", 1, 2, "-1"},
		{"KWD", "0.001", 1, 3, "0.000"},
	} {
		t.Run(fmt.Sprintf("%s %s by %d of %d", tt.amount, tt.currency, tt.num, tt.den), func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, tt.currency, tt.amount).MulRatio(tt.num, tt.den)
			if err != nil || got.Plain() != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
	t.Run("by 1 of 0", func(t *testing.T) {
		t.Parallel()
		if _, err := parse(t, "USD", "1").MulRatio(1, 0); !errors.Is(err, money.ErrRatioInvalid) {
			t.Error(err)
		}
	})
}

func TestRoundHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		num, den int64
		want     string
	}{
		{"USD", 10275, 1000, "10.28"},
		{"USD", 10274999, 1000000, "10.27"},
		{"JPY", 20471, 20, "1024"}, // 1023.55
		{"JPY", 2047, 2, "1024"},
		{"JPY", -2047, 2, "-1024"},
		{"USD", 10, 3, "3.33"},
	} {
		t.Run(fmt.Sprintf("%d of %d %s", tt.num, tt.den, tt.currency), func(t *testing.T) {
			t.Parallel()
			got, err := money.RoundHalfAwayFromZero(tt.currency, big.NewRat(tt.num, tt.den))
			if err != nil || got.Plain() != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
	t.Run("no currency", func(t *testing.T) {
		t.Parallel()
		if _, err := money.RoundHalfAwayFromZero("XXX", big.NewRat(1, 1)); !errors.Is(err, money.ErrCurrencyUnknown) {
			t.Error(err)
		}
	})
}

// Rounding is off by at most half a minor unit, mirrors around zero, and is the same on both ways to it.
func TestRoundingProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := fromMinor(t, currencies.Draw(t, "currency"), minors.Draw(t, "minor"))
		num := rapid.Int64Range(-1000, 1000).Draw(t, "num")
		den := rapid.Int64Range(1, 1000).Draw(t, "den")
		got, err := a.MulRatio(num, den)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(a.Decimal().Rat(), big.NewRat(num, den))
		off := new(big.Rat).Sub(got.Decimal().Rat(), exact)
		unit := fromMinor(t, a.Currency(), 1).Decimal().Rat()
		if off.Abs(off).Cmp(unit.Mul(unit, big.NewRat(1, 2))) > 0 {
			t.Fatalf("%v × %d/%d = %v is off by %v", a, num, den, got, off)
		}
		if mirrored, err := a.Neg().MulRatio(num, den); err != nil || !mirrored.Equal(got.Neg()) {
			t.Fatalf("%v × %d/%d = %v, but its negative %v", a, num, den, got, mirrored)
		}
		if rounded, err := money.RoundHalfAwayFromZero(a.Currency(), exact); err != nil || !rounded.Equal(got) {
			t.Fatalf("%v × %d/%d = %v and %v", a, num, den, got, rounded)
		}
	})
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount  string
		weights []int64
		want    []string
	}{
		{"1.00", []int64{1, 1, 1}, []string{"0.34", "0.33", "0.33"}},
		{"-1.00", []int64{1, 1, 1}, []string{"-0.34", "-0.33", "-0.33"}},
		{"0.05", []int64{1, 1}, []string{"0.03", "0.02"}},
		{"100.00", []int64{1, 2, 0}, []string{"33.33", "66.67", "0.00"}},
		{"0.01", []int64{0, 1}, []string{"0.00", "0.01"}},
		{"0.00", []int64{3, 4}, []string{"0.00", "0.00"}},
		{"10.00", []int64{7}, []string{"10.00"}},
	} {
		t.Run(fmt.Sprintf("%s by %v", tt.amount, tt.weights), func(t *testing.T) {
			t.Parallel()
			parts, err := parse(t, "USD", tt.amount).Allocate(tt.weights)
			if err != nil || len(parts) != len(tt.want) {
				t.Fatalf("%v, %v", parts, err)
			}
			for i, part := range parts {
				if part.Plain() != tt.want[i] {
					t.Errorf("part %d is %v, want %s", i, part, tt.want[i])
				}
			}
		})
	}
	for _, weights := range [][]int64{nil, {}, {0}, {0, 0}, {1, -1}} {
		t.Run(fmt.Sprintf("refused: %#v", weights), func(t *testing.T) {
			t.Parallel()
			if parts, err := parse(t, "USD", "1").Allocate(weights); !errors.Is(err, money.ErrWeightsInvalid) {
				t.Errorf("%v, %v", parts, err)
			}
		})
	}
}

// Parts add up to the whole, each is less than a minor unit from its exact share, and nothing goes to weight 0.
func TestAllocateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := fromMinor(t, currencies.Draw(t, "currency"), minors.Draw(t, "minor"))
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 30).Draw(t, "weights")
		weights[0]++
		parts, err := a.Allocate(weights)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, weight := range weights {
			total += weight
		}
		sum := fromMinor(t, a.Currency(), 0)
		for i, part := range parts {
			if sum, err = sum.Add(part); err != nil {
				t.Fatal(err)
			}
			share := new(big.Rat).Mul(new(big.Rat).SetInt(a.Minor()), big.NewRat(weights[i], total))
			off := share.Sub(share, new(big.Rat).SetInt(part.Minor()))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 || weights[i] == 0 && !part.IsZero() {
				t.Fatalf("%v by %v: part %d is %v", a, weights, i, part)
			}
		}
		if !sum.Equal(a) {
			t.Fatalf("%v by %v gives %v, which is %v", a, weights, parts, sum)
		}
	})
}

func TestAllocateBy(t *testing.T) {
	t.Parallel()
	t.Run("by amounts of any size", func(t *testing.T) {
		t.Parallel()
		parts, err := usd("1.00").AllocateBy([]money.Amount{usd("0.01"), usd("900000000000000000.00"), usd("0.00")})
		if err != nil || parts[0].Plain() != "0.00" || parts[1].Plain() != "1.00" || parts[2].Plain() != "0.00" {
			t.Errorf("%v, %v", parts, err)
		}
	})
	t.Run("by mixed weights", func(t *testing.T) {
		t.Parallel()
		yen, _ := money.FromMinor("JPY", 1)
		if _, err := usd("1.00").AllocateBy([]money.Amount{usd("1.00"), yen}); !errors.Is(err, money.ErrCurrencyMismatch) {
			t.Error(err)
		}
	})
	t.Run("by no weights", func(t *testing.T) {
		t.Parallel()
		if _, err := usd("1.00").AllocateBy(nil); !errors.Is(err, money.ErrWeightsInvalid) {
			t.Error(err)
		}
	})
}

// Published sums (20e): each line is rounded once, and the total is the sum of the lines.
func TestSumsOfRoundedLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		lines    []string
		want     string
	}{
		{"JPY", []string{"100.4", "200.5", "300.6"}, "602"},
		{"JPY", []string{"1023.5"}, "1024"},
		{"USD", []string{"10.275"}, "10.28"},
		{"USD", []string{"10.333333", "10.333333", "10.333333"}, "30.99"},
		{"USD", []string{"33.33", "33.33", "33.33"}, "99.99"},
	} {
		t.Run(strings.Join(tt.lines, " + "), func(t *testing.T) {
			t.Parallel()
			sum, err := money.FromMinor(tt.currency, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range tt.lines {
				exact, _ := new(big.Rat).SetString(line)
				rounded, err := money.RoundHalfAwayFromZero(tt.currency, exact)
				if err != nil {
					t.Fatal(err)
				}
				if sum, err = sum.Add(rounded); err != nil {
					t.Fatal(err)
				}
			}
			if sum.Plain() != tt.want {
				t.Errorf("%s, want %s", sum.Plain(), tt.want)
			}
		})
	}
}
