package pricing

import (
	"math/big"

	"github.com/tallystick/tallystick/domain/money"
)

// plus and minus are for amounts of one bill, which has one currency: [Price] refuses any other before it adds.
func plus(a, b money.Amount) money.Amount {
	sum, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return sum
}

func minus(a, b money.Amount) money.Amount { return plus(a, b.Neg()) }

// zero is no money of a currency that is known to be valid.
func zero(currency money.Currency) money.Amount {
	none, err := money.FromMinor(currency, 0)
	if err != nil {
		panic(err)
	}
	return none
}

// smaller is the one of two amounts of one sign that is nearer to zero.
func smaller(a, b money.Amount) money.Amount {
	if a.Minor().CmpAbs(b.Minor()) <= 0 {
		return a
	}
	return b
}

func exact(a money.Amount) *big.Rat { return a.Decimal().Rat() }
