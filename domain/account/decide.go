package account

import (
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const reasonMax = 500

var errIncomplete = errors.New("credit comes with an id, or with an invoice that it pays for")

// Decide judges a command on an account. A refusal is a *[domain.Rejection] with a code named at the leaf.
func Decide(s State, command Command, _ domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case Grant:
		return grant(s, c)
	case Apply:
		return apply(s, c)
	case Refund:
		return refund(s, c)
	}
	return nil, fmt.Errorf("account has no command %T", command)
}

// grant is refused with its fields: amount_invalid, reason_invalid.
func grant(s State, c Grant) ([]domain.Event, error) {
	if c.ID == "" || c.Source == "" {
		return nil, errIncomplete
	}
	if err := check(c.Amount, c.Reason); err != nil {
		return nil, err
	}
	balance, err := s.after(c.Amount)
	if err != nil {
		return nil, err
	}
	return []domain.Event{CreditGranted{
		ID: c.ID, Source: c.Source, Invoice: c.Invoice, Amount: c.Amount, Reason: c.Reason, Balance: balance,
	}}, nil
}

// apply is never refused: an uncovered amount is a fault of the caller.
func apply(s State, c Apply) ([]domain.Event, error) {
	if c.Invoice == "" || c.Amount.Sign() < 0 {
		return nil, errIncomplete
	}
	if c.Amount.IsZero() {
		return nil, nil
	}
	balance, err := s.after(c.Amount.Neg())
	if err != nil {
		return nil, err
	}
	if balance.Sign() < 0 {
		return nil, fmt.Errorf("%v of credit applied to invoice %s, which is more than there is", c.Amount, c.Invoice)
	}
	return []domain.Event{CreditApplied{Invoice: c.Invoice, Amount: c.Amount, Balance: balance}}, nil
}

// refund is refused with credit_too_small, or its fields: amount_invalid, reason_invalid.
func refund(s State, c Refund) ([]domain.Event, error) {
	if c.ID == "" {
		return nil, errIncomplete
	}
	if err := check(c.Amount, c.Reason); err != nil {
		return nil, err
	}
	balance, err := s.after(c.Amount.Neg())
	if err != nil {
		return nil, err
	}
	if balance.Sign() < 0 {
		return nil, domain.Conflict("credit_too_small", "the credit is less than %v", c.Amount)
	}
	return []domain.Event{CreditRefunded{ID: c.ID, Amount: c.Amount, Reason: c.Reason, Balance: balance}}, nil
}

func check(amount money.Amount, reason string) error {
	var check domain.Check
	check.Require(amount.Sign() > 0 && amount.Currency().Valid(), "/amount", "amount_invalid", "amount must be more than 0")
	check.Require(len(reason) > 0 && len(reason) <= reasonMax, "/reason", "reason_invalid",
		"reason must be 1 to %d bytes long", reasonMax)
	return check.Rejection()
}

// after is the balance with a change of it.
func (s State) after(change money.Amount) (money.Amount, error) {
	balance, err := s.Credit(change.Currency())
	if err != nil {
		return balance, err
	}
	return balance.Add(change)
}
