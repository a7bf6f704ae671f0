package view

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Money is an amount with all digits of its currency.
type Money struct {
	Amount   string `json:"amount" example:"12.30"`
	Currency string `json:"currency" example:"USD"`
}

// MoneyOf shows an amount.
func MoneyOf(a money.Amount) Money {
	return Money{Amount: a.Plain(), Currency: string(a.Currency())}
}

// MoneyOrNull shows an amount where there is one.
func MoneyOrNull(a *money.Amount) *Money {
	if a == nil {
		return nil
	}
	return new(MoneyOf(*a))
}

// MoneyBody is an amount in a request.
type MoneyBody struct {
	Amount   string `json:"amount" pattern:"^-?(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$" example:"12.30"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" example:"USD"`
}

// Read reads the amount of the field at pointer. The command refuses with its error, as a rule does: the key speaks
// before it.
func (b MoneyBody) Read(pointer string) (money.Amount, error) {
	currency := money.Currency(b.Currency)
	amount, err := money.Parse(currency, b.Amount)
	switch {
	case errors.Is(err, money.ErrCurrencyUnknown):
		return amount, domain.InvalidField(pointer, "amount_invalid", "amount: %v", err)
	case err != nil:
		return amount, domain.InvalidField(pointer, "amount_invalid",
			"amount must be a plain decimal such as \"12.30\", after the point with no more digits than the currency has (%s has %d)", currency, currency.Digits())
	}
	return amount, nil
}

// ReadOptional reads an amount, and gives nil where the field was not given.
func (b *MoneyBody) ReadOptional(pointer string) (*money.Amount, error) {
	if b == nil {
		return nil, nil
	}
	amount, err := b.Read(pointer)
	return &amount, err
}
