package payment

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var errIncomplete = errors.New("a payment needs an id, a workspace, an invoice, an amount and a payment method")

// Command asks for something of one payment. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a payment. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Charge says what one attempt takes, and of what.
type Charge struct {
	Gateway string
	Method  string
	Token   string // that the gateway knows the method by
	Amount  money.Amount
	Link    string // the payment link that asks for it; empty for none
	// Awaited tells that whoever asked for it has the gateway asked, and waits.
	Awaited bool
}

func (c Charge) complete() bool {
	return c.Gateway != "" && c.Method != "" && c.Token != "" && c.Amount.Sign() > 0
}

// Start begins a payment with its first attempt.
type Start struct {
	ID        string
	Workspace string
	Invoice   string
	Charge
}

// Started begins a payment.
type Started struct {
	ID        string         `json:"id"`
	Workspace string         `json:"workspace"`
	Invoice   string         `json:"invoice"`
	Currency  money.Currency `json:"currency"`
	CreatedAt time.Time      `json:"created_at"`
}

// EventType gives the stored name.
func (Started) EventType() string { return "payment.started.v1" }

func (e Started) evolve(State) State { return State{Started: e} }

// decide never refuses: it comes with the command that asks for the money.
func (c Start) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID != "" || c.ID == "" || c.Workspace == "" || c.Invoice == "" || !c.complete() {
		return nil, errIncomplete
	}
	started := Started{ID: c.ID, Workspace: c.Workspace, Invoice: c.Invoice, Currency: c.Amount.Currency(), CreatedAt: meta.Now}
	return []Fact{started, started.evolve(s).attempt(c.Charge, meta)}, nil
}

// Attempted lets the gateway be asked for a charge.
type Attempted struct {
	N             int          `json:"n"`
	Gateway       string       `json:"gateway"`
	PaymentMethod string       `json:"payment_method"`
	Token         string       `json:"token"`
	Amount        money.Amount `json:"amount"`
	Key           string       `json:"key"` // the gateway's idempotency key
	RequestedAt   time.Time    `json:"requested_at"`
	Link          string       `json:"link,omitempty"` // the payment link that asked for it
	Awaited       bool         `json:"awaited,omitzero"`
}

// EventType gives the stored name.
func (Attempted) EventType() string { return "payment.attempted.v1" }

func (e Attempted) evolve(s State) State {
	s.Attempts = append(slices.Clip(s.Attempts), Attempt{Attempted: e, Status: StatusPending, NextAt: &e.RequestedAt})
	return s
}

func (s State) attempt(c Charge, meta domain.Meta) Attempted {
	n := len(s.Attempts) + 1
	return Attempted{
		N: n, Gateway: c.Gateway, PaymentMethod: c.Method, Token: c.Token, Amount: c.Amount, Key: Key(s.ID, n), RequestedAt: meta.Now,
		Link: c.Link, Awaited: c.Awaited,
	}
}

// Retry begins another attempt after one that failed.
type Retry struct{ Charge }

// decide refuses with payment_in_progress. The caller is at fault for a payment that succeeded.
func (c Retry) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID == "" || !c.complete() || c.Amount.Currency() != s.Currency {
		return nil, errIncomplete
	}
	if err := s.CheckIdle(); err != nil {
		return nil, err
	}
	if s.Status() != StatusFailed {
		return nil, errors.New("a payment that succeeded is tried again")
	}
	return []Fact{s.attempt(c.Charge, meta)}, nil
}

// CheckIdle refuses with payment_in_progress while the gateway has not answered for good.
func (s State) CheckIdle() error {
	if !s.Open() {
		return nil
	}
	return domain.Conflict("payment_in_progress", "a payment is %s: its outcome is awaited", s.Last().Status).With("payment", s.ID)
}

// at finds an attempt by its number.
func (s State) at(n int) (Attempt, error) {
	if n < 1 || n > len(s.Attempts) {
		return Attempt{}, domain.NotFound("attempt_not_found", "the payment has no attempt %d", n)
	}
	return s.Attempts[n-1], nil
}

// with gives the state with an attempt changed. What an event says of an attempt that is not there changes nothing.
func (s State) with(n int, change func(*Attempt)) State {
	if n < 1 || n > len(s.Attempts) {
		return s
	}
	s.Attempts = slices.Clone(s.Attempts)
	change(&s.Attempts[n-1])
	return s
}
