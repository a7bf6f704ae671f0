package refund

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Attempted lets the gateway be asked to send the money back.
type Attempted struct {
	N           int       `json:"n"`
	Key         string    `json:"key"` // the gateway's idempotency key
	RequestedAt time.Time `json:"requested_at"`
}

// EventType gives the stored name.
func (Attempted) EventType() string { return "refund.attempted.v1" }

func (e Attempted) evolve(s State) State {
	s.Attempts = append(slices.Clip(s.Attempts), Attempt{Attempted: e, Status: AttemptPending, NextAt: &e.RequestedAt})
	s.Status = StatusPending
	return s
}

func (s State) attempt(meta domain.Meta) Attempted {
	n := len(s.Attempts) + 1
	return Attempted{N: n, Key: Key(s.ID, n), RequestedAt: meta.Now}
}

// Retry begins another attempt because a person says so. What is not known is asked for once more instead.
type Retry struct{}

// decide refuses with refund_not_found or the codes of checkRetry.
func (Retry) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.checkFound(); err != nil {
		return nil, err
	}
	if err := s.checkRetry(); err != nil {
		return nil, s.withActions(err)
	}
	if last := s.Last(); last.Status.Open() {
		return []Fact{Asked{N: last.N, Tries: last.Tries, AskedAt: meta.Now, NextAt: &meta.Now}}, nil
	}
	return []Fact{s.attempt(meta)}, nil
}

// Hurry has now done what is due of the refund later, or not before a person says so.
type Hurry struct{}

// decide refuses as Retry does where nothing is due.
func (Hurry) decide(s State, meta domain.Meta) ([]Fact, error) {
	kind, at, ok := s.NextDeadline()
	last := s.Last()
	switch {
	case !ok || last.Status == AttemptFailed:
		return Retry{}.decide(s, meta)
	case !at.After(meta.Now):
		return nil, nil
	case kind == DeadlineAsk:
		return []Fact{Asked{N: last.N, Tries: last.Tries, AskedAt: meta.Now, NextAt: &meta.Now}}, nil
	}
	return []Fact{Deferred{N: last.N, Tries: last.Tries, Code: last.Deferred, Until: meta.Now}}, nil
}

// TryAgain begins another attempt where the time for it has come.
type TryAgain struct{}

func (TryAgain) decide(s State, meta domain.Meta) ([]Fact, error) {
	last := s.Last()
	if s.Status == StatusSucceeded || last.Status != AttemptFailed || last.NextAt == nil || last.NextAt.After(meta.Now) {
		return nil, nil
	}
	return []Fact{s.attempt(meta)}, nil
}

const day = 24 * time.Hour

// retryTimes lists after which times, counted from the first failure, another attempt begins.
var retryTimes = []time.Duration{time.Hour, day, 3 * day}

// retryAfter tells when another attempt begins after the last one failed; nil where none does.
func (s State) retryAfter(now time.Time) *time.Time {
	if len(s.Attempts) > len(retryTimes) {
		return nil
	}
	first := now
	for _, a := range s.Attempts {
		if a.Status == AttemptFailed && a.AnsweredAt != nil && a.AnsweredAt.Before(first) {
			first = *a.AnsweredAt
		}
	}
	next := first.Add(retryTimes[len(s.Attempts)-1])
	if next.Before(now) {
		return &now
	}
	return &next
}

// Defer tells that the gateway could not be reached at all.
type Defer struct {
	N    int
	Code string
}

// Deferred notes that the gateway could not be reached, so that it was not asked, and will be with the same key.
type Deferred struct {
	N     int       `json:"n"`
	Tries int       `json:"tries"`
	Code  string    `json:"code"`
	Until time.Time `json:"until"`
}

// EventType gives the stored name.
func (Deferred) EventType() string { return "refund.deferred.v1" }

func (e Deferred) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Tries, a.NextAt, a.Deferred = e.Tries, &e.Until, e.Code })
}

// deferTimes lists after which times a gateway is tried again; the last counts for all further tries.
var deferTimes = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}

// decide refuses with attempt_not_found. What was answered meanwhile, or is not due, is not deferred.
func (c Defer) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil || !attempt.Status.Open() || attempt.NextAt == nil || attempt.NextAt.After(meta.Now) {
		return nil, err
	}
	tries := 1
	if attempt.Deferred != "" {
		tries = attempt.Tries + 1
	}
	wait := deferTimes[min(tries, len(deferTimes))-1]
	return []Fact{Deferred{N: c.N, Tries: tries, Code: c.Code, Until: meta.Now.Add(wait)}}, nil
}

// at finds an attempt by its number.
func (s State) at(n int) (Attempt, error) {
	if n < 1 || n > len(s.Attempts) {
		return Attempt{}, domain.NotFound("attempt_not_found", "the refund has no attempt %d", n)
	}
	return s.Attempts[n-1], nil
}
