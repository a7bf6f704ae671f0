package account

import (
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const reasonMax = 500

var errIncomplete = errors.New("credit comes with an id, or with an invoice that it pays for")

// Decide judges a command on an account. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// decide refuses with its fields: amount_invalid, reason_invalid, amount_out_of_range (of the balance).
func (c Grant) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.ID == "" || c.Source == "" {
		return nil, errIncomplete
	}
	if err := check(c.Amount, c.Reason); err != nil {
		return nil, err
	}
	balance, err := s.balanceAfter(c.Amount)
	if err != nil {
		return nil, err
	}
	if !c.Due && !balance.InRange() {
		beyond := money.RangeError{Pointer: "/balance", Amount: balance}
		return nil, domain.InvalidField(beyond.Pointer, "amount_out_of_range", "%v", &beyond)
	}
	return []Fact{CreditGranted{
		ID: c.ID, Source: c.Source, Invoice: c.Invoice, Amount: c.Amount, Reason: c.Reason, Balance: balance,
	}}, nil
}

// decide never refuses: the caller is at fault for an amount that the balance does not cover.
func (c Apply) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Invoice == "" || c.Amount.Sign() < 0 {
		return nil, errIncomplete
	}
	if c.Amount.IsZero() {
		return nil, nil
	}
	balance, err := s.balanceAfter(c.Amount.Neg())
	if err != nil {
		return nil, err
	}
	if balance.Sign() < 0 {
		return nil, fmt.Errorf("%v of credit applied to invoice %s, which is more than there is", c.Amount, c.Invoice)
	}
	return []Fact{CreditApplied{Invoice: c.Invoice, Amount: c.Amount, Balance: balance}}, nil
}

// decide refuses with credit_too_small, refund_exceeds_payments, or its fields: amount_invalid, reason_invalid. Credit that
// was given never becomes cash: no more goes back than money came.
func (c Refund) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.ID == "" {
		return nil, errIncomplete
	}
	if err := check(c.Amount, c.Reason); err != nil {
		return nil, err
	}
	balance, err := s.balanceAfter(c.Amount.Neg())
	if err != nil {
		return nil, err
	}
	if balance.Sign() < 0 {
		return nil, domain.Conflict("credit_too_small", "the credit is less than %v", c.Amount)
	}
	if received := s.Received(c.Amount.Currency()); c.Amount.Minus(received).Sign() > 0 {
		return nil, domain.Conflict("refund_exceeds_payments", "only %v of the money that came has not gone back", received)
	}
	back, err := s.returns(c.Amount)
	if err != nil {
		return nil, err
	}
	return []Fact{CreditRefunded{ID: c.ID, Amount: c.Amount, Reason: c.Reason, Balance: balance, Back: back}}, nil
}

// decide refuses with its fields: reason_invalid. The caller is at fault for more than the credit or the payment has.
func (c RefundOf) decide(s State, _ domain.Meta) ([]Fact, error) {
	paid, ok := s.Find(c.Payment)
	if c.ID == "" || !ok {
		return nil, errIncomplete
	}
	if err := check(c.Amount, c.Reason); err != nil {
		return nil, err
	}
	balance, err := s.balanceAfter(c.Amount.Neg())
	if err != nil {
		return nil, err
	}
	if balance.Sign() < 0 || c.Amount.Minus(paid.Left()).Sign() > 0 {
		return nil, fmt.Errorf("%v of credit goes back of payment %s, which is more than there is", c.Amount, c.Payment)
	}
	back := []Return{{Payment: c.Payment, Invoice: paid.Invoice, Amount: c.Amount}}
	return []Fact{CreditRefunded{ID: c.ID, Amount: c.Amount, Reason: c.Reason, Balance: balance, Back: back}}, nil
}

func check(amount money.Amount, reason string) error {
	var check domain.Check
	check.Require(amount.Sign() > 0 && amount.Currency().Valid(), "/amount", "amount_invalid", "amount must be more than 0")
	check.Text("/reason", "reason_invalid", reason, 1, reasonMax)
	return check.Rejection()
}

// balanceAfter computes the balance with a change of it.
func (s State) balanceAfter(change money.Amount) (money.Amount, error) {
	balance, err := s.Credit(change.Currency())
	if err != nil {
		return balance, err
	}
	return balance.Add(change)
}
