package payment

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// DisputeStatus tells how a dispute stands.
type DisputeStatus string

const (
	DisputeOpen DisputeStatus = "open"
	DisputeWon  DisputeStatus = "won"  // by the seller
	DisputeLost DisputeStatus = "lost" // the money is gone
)

// DisputeStatuses lists all of them.
var DisputeStatuses = []DisputeStatus{DisputeOpen, DisputeWon, DisputeLost}

// Dispute tells of a customer who disputes a charge, as the gateway says.
type Dispute struct {
	ID            string // the gateway's
	N             int    // the attempt
	Amount        money.Amount
	Fee           *money.Amount
	Reason        string
	Status        DisputeStatus
	EvidenceDueAt *time.Time
	OpenedAt      time.Time
	ClosedAt      *time.Time
}

// Disputed notes that a customer disputes what an attempt took. Nothing else changes while that is open.
type Disputed struct {
	ID            string        `json:"id"`
	N             int           `json:"n"`
	Amount        money.Amount  `json:"amount"`
	Fee           *money.Amount `json:"fee"`
	Reason        string        `json:"reason"`
	EvidenceDueAt *time.Time    `json:"evidence_due_at"` // until when the gateway takes evidence
	OpenedAt      time.Time     `json:"opened_at"`
}

// EventType gives the stored name.
func (Disputed) EventType() string { return "payment.disputed.v1" }

func (e Disputed) evolve(s State) State {
	s.Disputes = append(slices.Clip(s.Disputes), DisputeState{Disputed: e, Status: DisputeOpen})
	return s
}

// DisputeClosed notes how a dispute ended.
type DisputeClosed struct {
	ID       string        `json:"id"`
	Outcome  DisputeStatus `json:"outcome"`
	Fee      *money.Amount `json:"fee"`
	ClosedAt time.Time     `json:"closed_at"`
}

// EventType gives the stored name.
func (DisputeClosed) EventType() string { return "payment.dispute_closed.v1" }

func (e DisputeClosed) evolve(s State) State {
	s.Disputes = slices.Clone(s.Disputes)
	if at := s.indexDispute(e.ID); at >= 0 {
		d := &s.Disputes[at]
		d.Status, d.Fee, d.ClosedAt = e.Outcome, e.Fee, &e.ClosedAt
	}
	return s
}

// DisputeState holds a dispute as it is known.
type DisputeState struct {
	Disputed
	Status   DisputeStatus `json:"status"`
	ClosedAt *time.Time    `json:"closed_at"`
}

func (s State) indexDispute(id string) int {
	return slices.IndexFunc(s.Disputes, func(d DisputeState) bool { return d.ID == id })
}

// FindDispute finds a dispute by its id.
func (s State) FindDispute(id string) (DisputeState, bool) {
	at := s.indexDispute(id)
	if at < 0 {
		return DisputeState{}, false
	}
	return s.Disputes[at], true
}

// decide refuses with attempt_not_found or payment_not_succeeded. A closed dispute counts over an open one, in whatever order they are
// told; how it ended does not change.
func (c Dispute) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil {
		return nil, err
	}
	if c.ID == "" || c.Amount.Sign() <= 0 || c.OpenedAt.IsZero() || !slices.Contains(DisputeStatuses, c.Status) {
		return nil, errors.New("a dispute needs an id, an amount, a status and the time of its opening")
	}
	if attempt.Status != StatusSucceeded {
		return nil, errNotSucceeded(s)
	}
	known, found := s.FindDispute(c.ID)
	var facts []Fact
	if !found {
		opened := Disputed{
			ID: c.ID, N: c.N, Amount: c.Amount, Fee: c.Fee, Reason: c.Reason, EvidenceDueAt: c.EvidenceDueAt, OpenedAt: c.OpenedAt,
		}
		known.Status, known.Fee, facts = DisputeOpen, c.Fee, []Fact{opened}
	}
	if c.Status != DisputeOpen && known.Status == DisputeOpen {
		closed := DisputeClosed{ID: c.ID, Outcome: c.Status, Fee: c.Fee, ClosedAt: domain.Or(c.ClosedAt, meta.Now)}
		if closed.Fee == nil {
			closed.Fee = known.Fee
		}
		facts = append(facts, closed)
	}
	return facts, nil
}
