package invoice

import "github.com/tallystick/tallystick/domain/money"

// covers reports whether a is at least b.
func covers(a, b money.Amount) bool {
	more, err := a.Cmp(b)
	return err == nil && more >= 0
}

// lesser gives the smaller of two amounts of one currency.
func lesser(a, b money.Amount) money.Amount {
	if covers(a, b) {
		return b
	}
	return a
}
