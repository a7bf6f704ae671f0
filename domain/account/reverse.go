package account

import (
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Spending tells how much of an invoice credit paid.
type Spending struct {
	Invoice string       `json:"invoice"`
	Amount  money.Amount `json:"amount"`
}

// spend gives the state with more credit spent on an invoice, or less.
func (s State) spend(invoice string, amount money.Amount) State {
	s.Spent = slices.Clone(s.Spent)
	at := slices.IndexFunc(s.Spent, func(p Spending) bool { return p.Invoice == invoice })
	if at < 0 {
		s.Spent = append(s.Spent, Spending{Invoice: invoice, Amount: amount})
	} else {
		s.Spent[at].Amount = s.Spent[at].Amount.Plus(amount)
	}
	s.Spent = slices.DeleteFunc(s.Spent, func(p Spending) bool { return p.Amount.Sign() <= 0 })
	return s
}

// ReverseMoney tells that a gateway took money of a payment away again.
type ReverseMoney struct {
	Payment string
	Amount  money.Amount
	// Void tells that the payment's invoice is void, so that all of the payment is credit.
	Void bool
}

// MoneyReversed notes that money which had come is gone. What had paid the payment's invoice is expected again; what had become
// credit is taken from the balance, and where that does not cover it, from the invoices that credit paid.
type MoneyReversed struct {
	Payment   string       `json:"payment"`
	Amount    money.Amount `json:"amount"`
	Applied   money.Amount `json:"applied"`   // of it, what was no overpayment
	Owed      money.Amount `json:"owed"`      // of it, what the payment's invoice expects again
	Withdrawn []Spending   `json:"withdrawn"` // of it, what other invoices expect again that credit had paid
	Balance   money.Amount `json:"balance" range:"any"`
}

// EventType gives the stored name.
func (MoneyReversed) EventType() string { return "account.money_reversed.v1" }

func (e MoneyReversed) evolve(s State) State {
	s.Payments = slices.Clone(s.Payments)
	if at := s.indexPayment(e.Payment); at >= 0 {
		p := &s.Payments[at]
		p.Applied, p.Credit = p.Applied.Minus(e.Applied), p.Credit.Minus(e.Amount.Minus(e.Applied))
	}
	for _, w := range e.Withdrawn {
		s = s.spend(w.Invoice, w.Amount.Neg())
	}
	return s.withBalance(e.Balance)
}

// decide never refuses: the money is gone. The caller is at fault for more than the payment has.
func (c ReverseMoney) decide(s State, _ domain.Meta) ([]Fact, error) {
	paid, ok := s.Find(c.Payment)
	if !ok || c.Amount.Sign() <= 0 || c.Amount.Minus(paid.Left()).Sign() > 0 {
		return nil, errIncomplete
	}
	balance, err := s.Credit(c.Amount.Currency())
	if err != nil {
		return nil, err
	}
	credit := paid.Credit
	if c.Void {
		credit = paid.Left()
	}
	// Credit that is still there goes first, then what had paid the invoice, then credit that was spent.
	there := lesser(lesser(c.Amount, credit), balance)
	owed := lesser(c.Amount.Minus(there), paid.Left().Minus(credit))
	spent := c.Amount.Minus(there).Minus(owed)
	e := MoneyReversed{Payment: c.Payment, Amount: c.Amount, Owed: owed, Withdrawn: []Spending{}, Balance: balance.Minus(there)}
	e.Applied = c.Amount.Minus(lesser(there.Plus(spent), paid.Credit))
	for _, p := range slices.Backward(s.Spent) {
		if p.Amount.Currency() != spent.Currency() {
			continue
		}
		if part := lesser(spent, p.Amount); part.Sign() > 0 {
			e.Withdrawn = append(e.Withdrawn, Spending{Invoice: p.Invoice, Amount: part})
			spent = spent.Minus(part)
		}
	}
	if spent.Sign() > 0 {
		return nil, fmt.Errorf("%v of payment %s became credit that is nowhere", spent, c.Payment)
	}
	return []Fact{e}, nil
}
