package payment

import (
	"time"
	"unicode/utf8"

	"github.com/tallystick/tallystick/domain"
)

const textMax = 500

// Outcome tells what a person found out about a charge.
type Outcome string

const (
	OutcomeSucceeded Outcome = "succeeded"
	OutcomeFailed    Outcome = "failed"
)

// Outcomes lists all of them.
var Outcomes = []Outcome{OutcomeSucceeded, OutcomeFailed}

// Resolve tells what a person found out at the gateway, which does not tell itself.
type Resolve struct {
	Outcome   Outcome
	Reference string
	Reason    string
}

// Resolved notes what a person says of an attempt, as a gateway's answer.
type Resolved struct {
	Answered
	Reason string `json:"reason"`
}

// EventType gives the stored name.
func (Resolved) EventType() string { return "payment.resolved.v1" }

func (e Resolved) evolve(s State) State { return e.Answered.evolve(s) }

// codeResolved is the code of a failure that a person told of.
const codeResolved = "resolved"

// decide refuses with payment_not_found, with invalid_transition unless the latest attempt is unknown and parked, or with its
// fields: outcome_invalid, reference_invalid, reason_invalid.
func (c Resolve) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID == "" {
		return nil, domain.NotFound("payment_not_found", "there is no such payment")
	}
	var check domain.Check
	check.Require(c.Outcome == OutcomeSucceeded || c.Outcome == OutcomeFailed, "/outcome", "outcome_invalid", "outcome must be succeeded or failed")
	text := func(pointer, code, value string) {
		check.Require(value != "" && utf8.RuneCountInString(value) <= textMax, pointer, code, "it must have 1 to %d characters", textMax)
	}
	text("/reference", "reference_invalid", c.Reference)
	text("/reason", "reason_invalid", c.Reason)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkResolvable(); err != nil {
		return nil, err
	}
	said := Answered{N: s.Last().N, Status: Status(c.Outcome), Reference: c.Reference, AnsweredAt: meta.Now}
	if c.Outcome == OutcomeFailed {
		said.Failure = &Failure{Code: codeResolved, Kind: Soft, Message: c.Reason}
	}
	return []Fact{Resolved{Answered: said, Reason: c.Reason}}, nil
}

// checkResolvable refuses with invalid_transition.
func (s State) checkResolvable() error {
	if last := s.Last(); last.Status == StatusUnknown && s.Parked() {
		return nil
	}
	rejection := domain.Conflict("invalid_transition", "the payment is %s: only one is resolved that is unknown and that its gateway is not asked for any more", s.Status())
	rejection.Actions = s.AvailableActions()
	return rejection
}

// Parked reports whether the outcome of an attempt is awaited, and nobody asks for it any more.
func (s State) Parked() bool { return s.Open() && s.Last().NextAt == nil }

// ActionResolve names what can be done with a payment, as clients see it.
const ActionResolve = "resolve"

// AvailableActions gives what the state allows, in a fixed order.
func (s State) AvailableActions() []string {
	if last := s.Last(); last.Status == StatusUnknown && s.Parked() {
		return []string{ActionResolve}
	}
	return []string{}
}

// Hurry lets the gateway be asked now, because a person says so.
type Hurry struct{}

// Hurried lets the gateway be asked before its time.
type Hurried struct {
	N  int       `json:"n"`
	At time.Time `json:"at"`
}

// EventType gives the stored name.
func (Hurried) EventType() string { return "payment.hurried.v1" }

func (e Hurried) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.NextAt = &e.At })
}

// decide refuses with job_not_found where nothing is awaited.
func (Hurry) decide(s State, meta domain.Meta) ([]Fact, error) {
	due, awaited := s.Due()
	switch {
	case awaited && !due.NextAt.After(meta.Now):
		return nil, nil
	case !awaited && !s.Open():
		return nil, domain.NotFound("job_not_found", "nothing of payment %s is awaited", s.ID)
	case !awaited:
		due = s.Last()
	}
	return []Fact{Hurried{N: due.N, At: meta.Now}}, nil
}
