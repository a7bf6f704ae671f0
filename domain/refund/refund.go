package refund

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const textMax = 500

var errIncomplete = errors.New("a refund needs an id, a workspace and an amount")

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("refund", Evolve, Created{}, Recorded{})

// Stream names one refund.
func Stream(id string) domain.Stream { return domain.NewStream("refund", id) }

// Fact is an event of a refund with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Status tells how far the money is.
type Status string

const (
	StatusPending   Status = "pending" // it is owed
	StatusSucceeded Status = "succeeded"
	StatusFailed    Status = "failed"
)

// Statuses lists all of them.
var Statuses = []Status{StatusPending, StatusSucceeded, StatusFailed}

// State describes a refund; it has no ID before its creation.
type State struct {
	Created
	Status    Status     `json:"status"`
	Reference string     `json:"reference"` // what the money can be found by
	SettledAt *time.Time `json:"settled_at"`
}

// Size estimates the bytes of the state.
func (State) Size() int { return 600 }

// Command asks for something of one refund. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a refund. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Create lets an amount go back. Invoice, CreditNote and Payment are nil where the refund is of none.
type Create struct {
	ID         string
	Workspace  string
	Invoice    *string
	CreditNote *string
	Payment    *string
	Amount     money.Amount
	Reason     string
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
}

// EventType gives the stored name.
func (Created) EventType() string { return "refund.created.v1" }

func (e Created) evolve(State) State { return State{Created: e, Status: StatusPending} }

// decide never refuses: it comes with the command that lets the money go back.
func (c Create) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID != "" || c.ID == "" || c.Workspace == "" || c.Amount.Sign() <= 0 {
		return nil, errIncomplete
	}
	return []Fact{Created{
		ID: c.ID, Workspace: c.Workspace, Invoice: c.Invoice, CreditNote: c.CreditNote, Payment: c.Payment, Amount: c.Amount,
		Reason: c.Reason, CreatedAt: meta.Now,
	}}, nil
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
	s.Status, s.Reference, s.SettledAt = StatusSucceeded, e.Reference, &e.PaidAt
	return s
}

// decide refuses with refund_not_found, refund_settled, or its fields: reference_invalid, paid_at_invalid. A refund that failed
// is still owed.
func (c Record) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID == "" {
		return nil, domain.NotFound("refund_not_found", "there is no such refund")
	}
	var check domain.Check
	check.Text("/reference", "reference_invalid", c.Reference, 1, textMax)
	check.Require(c.PaidAt == nil || !c.PaidAt.After(meta.Now), "/paid_at", "paid_at_invalid", "paid_at must not be in the future")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if s.Status == StatusSucceeded {
		return nil, domain.Conflict("refund_settled", "the money went back already")
	}
	return []Fact{Recorded{ID: s.ID, Reference: c.Reference, PaidAt: domain.Or(c.PaidAt, meta.Now)}}, nil
}
