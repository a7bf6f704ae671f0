package account

import (
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Payment holds what has not gone back of money that came in.
type Payment struct {
	Payment string       `json:"payment"`
	Invoice string       `json:"invoice"` // that it was recorded on
	Applied money.Amount `json:"applied"` // of what paid that invoice
	Credit  money.Amount `json:"credit"`  // of what was too much, and became credit
	Refunds []string     `json:"refunds,omitempty"`
}

// Left computes what has not gone back.
func (p Payment) Left() money.Amount { return p.Applied.Plus(p.Credit) }

// Return is a part of a payment that goes back.
type Return struct {
	Payment string       `json:"payment"`
	Invoice string       `json:"invoice"` // that the payment was recorded on
	Amount  money.Amount `json:"amount"`
}

// PaidFor lists what has not gone back of the money that paid some invoices, the newest payment first.
func (s State) PaidFor(invoices []string) []Return {
	var paid []Return
	for _, p := range slices.Backward(s.Payments) {
		if slices.Contains(invoices, p.Invoice) && p.Applied.Sign() > 0 {
			paid = append(paid, Return{Payment: p.Payment, Invoice: p.Invoice, Amount: p.Applied})
		}
	}
	return paid
}

// returns splits credit that is paid out over the payments that it goes back to, the newest first: it takes overpayments
// before anything else. The error is a fault: more goes back than came.
func (s State) returns(amount money.Amount) ([]Return, error) {
	parts, left := map[string]money.Amount{}, amount
	for _, of := range []func(Payment) money.Amount{
		func(p Payment) money.Amount { return p.Credit }, func(p Payment) money.Amount { return p.Applied },
	} {
		for _, p := range slices.Backward(s.Payments) {
			if p.Applied.Currency() != amount.Currency() {
				continue
			}
			part := lesser(left, of(p))
			left = left.Minus(part)
			if before, some := parts[p.Payment]; some {
				part = part.Plus(before)
			}
			parts[p.Payment] = part
		}
	}
	if left.Sign() > 0 {
		return nil, fmt.Errorf("%v is more than the money that came", amount)
	}
	var all []Return
	for _, p := range slices.Backward(s.Payments) {
		if part := parts[p.Payment]; part.Sign() > 0 {
			all = append(all, Return{Payment: p.Payment, Invoice: p.Invoice, Amount: part})
		}
	}
	return all, nil
}

// Find finds a payment by its name.
func (s State) Find(payment string) (Payment, bool) {
	at := s.indexPayment(payment)
	if at < 0 {
		return Payment{}, false
	}
	return s.Payments[at], true
}

// Knows reports whether a payment was noted.
func (s State) Knows(payment string) bool { return s.indexPayment(payment) >= 0 }

func (s State) indexPayment(payment string) int {
	return slices.IndexFunc(s.Payments, func(p Payment) bool { return p.Payment == payment })
}

// Received adds up the money of a currency that has not gone back.
func (s State) Received(currency money.Currency) money.Amount {
	sum := amountIn(s.Gone, currency).Neg()
	for _, p := range s.Payments {
		if p.Applied.Currency() == currency {
			sum = sum.Plus(p.Left())
		}
	}
	if sum.Sign() < 0 {
		return money.Zero(currency) // the payments of an earlier release are not known yet
	}
	return sum
}

// ReceiveMoney tells that money came in for an invoice.
type ReceiveMoney struct {
	Payment string
	Invoice string
	Amount  money.Amount
	Applied money.Amount // to the invoice; the rest is credit
}

// MoneyReceived notes that money came in.
type MoneyReceived struct {
	Payment string       `json:"payment"`
	Invoice string       `json:"invoice"`
	Amount  money.Amount `json:"amount"`
	Applied money.Amount `json:"applied"` // to the invoice; the rest is credit
}

// EventType gives the stored name.
func (MoneyReceived) EventType() string { return "account.money_received.v1" }

func (e MoneyReceived) evolve(s State) State {
	s.Payments = append(slices.Clip(s.Payments), Payment{
		Payment: e.Payment, Invoice: e.Invoice, Applied: e.Applied, Credit: e.Amount.Minus(e.Applied),
	})
	return s
}

func (c ReceiveMoney) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Payment == "" || c.Invoice == "" || c.Amount.Sign() <= 0 || c.Applied.Sign() < 0 {
		return nil, errIncomplete
	}
	if s.Knows(c.Payment) {
		return nil, fmt.Errorf("payment %s came already", c.Payment)
	}
	return []Fact{MoneyReceived(c)}, nil
}

// ReturnMoney tells that a part of a payment goes back.
type ReturnMoney struct {
	Refund  string
	Payment string
	Amount  money.Amount
	Credit  bool // it was credit before, and not taken off what the payment's invoice charged
}

// MoneyReturned notes that a part of a payment goes back. It counts as gone from then on.
type MoneyReturned struct {
	Refund  string       `json:"refund"`
	Payment string       `json:"payment"`
	Amount  money.Amount `json:"amount"`
	Applied money.Amount `json:"applied"` // of that, what had paid the payment's invoice
}

// EventType gives the stored name.
func (MoneyReturned) EventType() string { return "account.money_returned.v1" }

func (e MoneyReturned) evolve(s State) State {
	s.Payments = slices.Clone(s.Payments)
	if at := s.indexPayment(e.Payment); at >= 0 {
		p := &s.Payments[at]
		p.Applied, p.Credit = p.Applied.Minus(e.Applied), p.Credit.Minus(e.Amount.Minus(e.Applied))
		if !slices.Contains(p.Refunds, e.Refund) {
			p.Refunds = append(slices.Clip(p.Refunds), e.Refund)
		}
	}
	return s
}

// decide never refuses: the caller is at fault for more than there is of the payment.
func (c ReturnMoney) decide(s State, _ domain.Meta) ([]Fact, error) {
	at := s.indexPayment(c.Payment)
	if c.Refund == "" || at < 0 || c.Amount.Sign() <= 0 {
		return nil, errIncomplete
	}
	payment, applied := s.Payments[at], c.Amount
	if c.Credit {
		applied = c.Amount.Minus(lesser(c.Amount, payment.Credit))
	}
	if applied.Minus(payment.Applied).Sign() > 0 {
		return nil, fmt.Errorf("%v goes back of payment %s, which is more than there is", c.Amount, c.Payment)
	}
	return []Fact{MoneyReturned{Refund: c.Refund, Payment: c.Payment, Amount: c.Amount, Applied: applied}}, nil
}

// lesser gives the smaller of two amounts of one currency.
func lesser(a, b money.Amount) money.Amount {
	if a.Minus(b).Sign() > 0 {
		return b
	}
	return a
}
