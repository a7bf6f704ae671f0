package payment

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Retries tells whether a payment that failed is tried again by itself.
type Retries string

const (
	RetriesRunning Retries = "running"
	RetriesStopped Retries = "stopped" // another payment method starts them again
	RetriesDone    Retries = "done"    // the last one was made, or nothing is to be paid
)

// AllRetries lists all of them.
var AllRetries = []Retries{RetriesRunning, RetriesStopped, RetriesDone}

// PlanRetry tells what comes after the last attempt failed.
type PlanRetry struct {
	Retries Retries
	At      *time.Time // of the next attempt, where they are running
}

// RetryPlanned notes what comes after an attempt failed.
type RetryPlanned struct {
	N       int        `json:"n"`
	Retries Retries    `json:"retries"`
	RetryAt *time.Time `json:"retry_at"` // null unless they are running
}

// EventType gives the stored name.
func (RetryPlanned) EventType() string { return "payment.retry_planned.v1" }

func (e RetryPlanned) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Retries, a.RetryAt = e.Retries, e.RetryAt })
}

// decide never refuses: it follows a failure. Where another attempt was begun, or money came late, nothing comes of it.
func (c PlanRetry) decide(s State, _ domain.Meta) ([]Fact, error) {
	if (c.Retries == RetriesRunning) != (c.At != nil) {
		return nil, fmt.Errorf("retries that are %s, the next at %v", c.Retries, c.At)
	}
	if s.Status() != StatusFailed {
		return nil, nil
	}
	return []Fact{RetryPlanned{N: s.Last().N, Retries: c.Retries, RetryAt: c.At}}, nil
}

// RetryAt tells when the payment is tried again; ok is false where it is not.
func (s State) RetryAt() (at time.Time, ok bool) {
	if last := s.Last(); s.Status() == StatusFailed && last.RetryAt != nil {
		return *last.RetryAt, true
	}
	return time.Time{}, false
}
