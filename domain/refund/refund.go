package refund

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const textMax = 500

var errIncomplete = errors.New("a refund needs an id, a workspace and an amount, and of a gateway the charge")

// Command asks for something of one refund. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a refund. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Create lets an amount go back. Invoice, CreditNote and Payment are nil where the refund is of none, and the gateway is empty
// where none took the money.
type Create struct {
	ID         string
	Workspace  string
	Invoice    *string
	CreditNote *string
	Payment    *string
	Amount     money.Amount
	Reason     string
	Gateway    string
	Charge     string
	// Reference is that of a refund which the gateway has made by itself, so that it is not asked for it.
	Reference string
}

// Created lets an amount go back.
type Created struct {
	ID         string       `json:"id"`
	Workspace  string       `json:"workspace"`
	Invoice    *string      `json:"invoice"`     // that the money had paid
	CreditNote *string      `json:"credit_note"` // that it goes back by
	Payment    *string      `json:"payment"`     // that it goes back of
	Amount     money.Amount `json:"amount"`
	Reason     string       `json:"reason"`
	CreatedAt  time.Time    `json:"created_at"`
	Gateway    string       `json:"gateway,omitempty"` // that took the money
	Charge     string       `json:"charge,omitempty"`  // by which the gateway knows how it took the money
}

// EventType gives the stored name.
func (Created) EventType() string { return "refund.created.v1" }

func (e Created) evolve(State) State { return State{Created: e, Status: StatusPending} }

// decide never refuses: it comes with the command that lets the money go back. A gateway that took the money is asked at once.
func (c Create) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID != "" || c.ID == "" || c.Workspace == "" || c.Amount.Sign() <= 0 || (c.Gateway == "") != (c.Charge == "") {
		return nil, errIncomplete
	}
	created := Created{
		ID: c.ID, Workspace: c.Workspace, Invoice: c.Invoice, CreditNote: c.CreditNote, Payment: c.Payment, Amount: c.Amount,
		Reason: c.Reason, CreatedAt: meta.Now, Gateway: c.Gateway, Charge: c.Charge,
	}
	if c.Gateway == "" {
		return []Fact{created}, nil
	}
	attempted := created.evolve(s).attempt(meta)
	if c.Reference == "" {
		return []Fact{created, attempted}, nil
	}
	return []Fact{created, attempted, Answered{N: 1, Status: AttemptSucceeded, Reference: c.Reference, AnsweredAt: meta.Now}}, nil
}

// Record tells that the money went back outside.
type Record struct {
	Reference string
	PaidAt    *time.Time // now when nil
}

// Recorded notes that the money went back.
type Recorded struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	PaidAt    time.Time `json:"paid_at"`
}

// EventType gives the stored name.
func (Recorded) EventType() string { return "refund.recorded.v1" }

func (e Recorded) evolve(s State) State {
	s.Status, s.Reference, s.SettledAt, s.ByHand = StatusSucceeded, e.Reference, &e.PaidAt, true
	return s
}

// decide refuses with refund_not_found, the codes of checkOwed, or its fields: reference_invalid, paid_at_invalid. A refund
// that failed is still owed.
func (c Record) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.checkFound(); err != nil {
		return nil, err
	}
	var check domain.Check
	check.Text("/reference", "reference_invalid", c.Reference, 1, textMax)
	check.Require(c.PaidAt == nil || !c.PaidAt.After(meta.Now), "/paid_at", "paid_at_invalid", "paid_at must not be in the future")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkOwed(); err != nil {
		return nil, s.withActions(err)
	}
	return []Fact{Recorded{ID: s.ID, Reference: c.Reference, PaidAt: domain.Or(c.PaidAt, meta.Now)}}, nil
}

// Cover tells that the gateway gave all of the payment back, so that this refund went back with it, whatever is asked for.
type Cover struct{ Reference string }

func (c Cover) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID == "" || s.Status == StatusSucceeded {
		return nil, nil
	}
	return []Fact{Recorded{ID: s.ID, Reference: c.Reference, PaidAt: meta.Now}}, nil
}

// checkFound refuses with refund_not_found.
func (s State) checkFound() error {
	if s.ID == "" {
		return domain.NotFound("refund_not_found", "there is no such refund")
	}
	return nil
}
