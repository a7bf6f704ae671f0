package invoice

import "github.com/tallystick/tallystick/domain/money"

// plus and minus are for amounts of one invoice: a command's are checked to be of its currency before they are added.
func plus(a, b money.Amount) money.Amount {
	sum, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return sum
}

func minus(a, b money.Amount) money.Amount { return plus(a, b.Neg()) }

func zero(currency money.Currency) money.Amount {
	none, err := money.FromMinor(currency, 0)
	if err != nil {
		panic(err)
	}
	return none
}

// covers reports whether a is at least b.
func covers(a, b money.Amount) bool {
	more, err := a.Cmp(b)
	return err == nil && more >= 0
}

// lesser is the smaller of two amounts of one currency.
func lesser(a, b money.Amount) money.Amount {
	if covers(a, b) {
		return b
	}
	return a
}
