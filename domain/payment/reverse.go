package payment

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Reasons of reversals.
const (
	ReasonReturned    = "returned"     // the bank took the money back
	ReasonDisputeLost = "dispute_lost" // the customer's bank did
	ReasonRefunded    = "refunded"     // the gateway sent back more than can be credited
)

// Reverse tells that a gateway took away what an attempt had taken, or a part of it.
type Reverse struct {
	N         int
	Reference string // tells a repeat from another reversal
	Amount    money.Amount
	Reason    string
}

// Reversed notes that what an attempt took is gone.
type Reversed struct {
	N          int          `json:"n"`
	Reference  string       `json:"reference"`
	Amount     money.Amount `json:"amount"`
	Reason     string       `json:"reason"`
	ReversedAt time.Time    `json:"reversed_at"`
}

// EventType gives the stored name.
func (Reversed) EventType() string { return "payment.reversed.v1" }

func (e Reversed) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Reversal = &e })
}

// decide refuses with attempt_not_found, or with payment_not_succeeded where the attempt took nothing. What is gone is gone once.
func (c Reverse) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil {
		return nil, err
	}
	if c.Reference == "" || c.Reason == "" || c.Amount.Sign() <= 0 || c.Amount.Currency() != s.Currency {
		return nil, errIncomplete
	}
	if attempt.Status != StatusSucceeded {
		return nil, errNotSucceeded(s)
	}
	if attempt.Reversal != nil {
		return nil, nil
	}
	return []Fact{Reversed{N: c.N, Reference: c.Reference, Amount: c.Amount, Reason: c.Reason, ReversedAt: meta.Now}}, nil
}

func errNotSucceeded(s State) error {
	return domain.Conflict("payment_not_succeeded", "the gateway took no money by the payment, or it is gone").With("payment_status", s.Status())
}

// CheckTaken refuses with payment_not_succeeded unless a gateway took the money, and has it still.
func (s State) CheckTaken() error {
	if s.Status() != StatusSucceeded {
		return errNotSucceeded(s)
	}
	return nil
}
