package stripe

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/tallystick/tallystick/domain/money"
)

// digits counts the digits of a currency's smallest unit at Stripe, where that is not two.
var digits = map[money.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0, "VND": 0, "VUV": 0,
	"XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

func digitsOf(currency money.Currency) int {
	if n, ok := digits[currency]; ok {
		return n
	}
	return 2
}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// toUnits gives an amount in Stripe's smallest unit. Of three digits Stripe takes no last one but 0.
func toUnits(a money.Amount) (int64, error) {
	exact, ok := new(big.Rat).SetString(a.Plain())
	if !ok {
		return 0, fmt.Errorf("the amount %s is no number", a)
	}
	exact.Mul(exact, new(big.Rat).SetInt(power10(digitsOf(a.Currency()))))
	units := exact.Num()
	switch {
	case !exact.IsInt() || !units.IsInt64() || units.Int64() > math.MaxInt32*1000:
		return 0, fmt.Errorf("stripe takes no amount such as %s", a)
	case digitsOf(a.Currency()) == 3 && units.Int64()%10 != 0:
		return 0, fmt.Errorf("stripe takes no amount such as %s: the last digit must be 0", a)
	}
	return units.Int64(), nil
}

// fromUnits reads an amount in Stripe's smallest unit.
func fromUnits(code string, units int64) (none money.Amount, err error) {
	currency, err := money.ParseCurrency(strings.ToUpper(code))
	if err != nil {
		return none, err
	}
	exact := new(big.Rat).SetFrac(big.NewInt(units), power10(digitsOf(currency)))
	amount, err := money.RoundHalfAwayFromZero(currency, exact)
	if err != nil {
		return none, err
	}
	if read, _ := new(big.Rat).SetString(amount.Plain()); read.Cmp(exact) != 0 {
		return none, fmt.Errorf("%d of %s is no amount of that currency", units, currency)
	}
	return amount, nil
}
