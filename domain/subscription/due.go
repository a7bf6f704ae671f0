package subscription

import (
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// due is what of a bill the account's credit does not cover, nothing when it is negative.
func (s State) due(bill pricing.Bill, b Billing) (money.Amount, error) {
	applied, err := applied(bill, b.Credit)
	if err != nil || bill.Total.Sign() <= 0 {
		return bill.Total.Mul(0), err
	}
	return bill.Total.Sub(applied)
}

// applied is how much credit a bill takes.
func applied(bill pricing.Bill, credit money.Amount) (money.Amount, error) {
	if credit.Currency() == "" || bill.Total.Sign() <= 0 {
		return bill.Total.Mul(0), nil
	}
	return lesser(credit, bill.Total)
}

func lesser(a, b money.Amount) (money.Amount, error) {
	more, err := a.Cmp(b)
	if more > 0 {
		return b, err
	}
	return a, err
}
