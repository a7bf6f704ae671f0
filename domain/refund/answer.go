package refund

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Answer tells what a gateway said of an attempt.
type Answer struct {
	N         int
	Status    AttemptStatus
	Reference string
	Failure   *Failure
	// Asked tells that the gateway was asked how it went, so that an answer without news moves the next question.
	Asked bool
}

// Answered notes what a gateway said of an attempt.
type Answered struct {
	N          int           `json:"n"`
	Status     AttemptStatus `json:"status"`
	Reference  string        `json:"gateway_reference"`
	Failure    *Failure      `json:"failure"`
	AnsweredAt time.Time     `json:"answered_at"`
	NextAt     *time.Time    `json:"next_at"` // when the gateway is asked again, or another attempt begins; null where none does
}

// EventType gives the stored name.
func (Answered) EventType() string { return "refund.answered.v1" }

func (e Answered) evolve(s State) State {
	s = s.with(e.N, func(a *Attempt) {
		a.Status, a.Reference, a.Failure = e.Status, e.Reference, e.Failure
		a.AnsweredAt, a.NextAt, a.Tries, a.Deferred = &e.AnsweredAt, e.NextAt, 0, ""
	})
	if s.ByHand {
		return s
	}
	s.Status, s.Reference, s.SettledAt = StatusPending, "", nil
	if at := slices.IndexFunc(s.Attempts, func(a Attempt) bool { return a.Status == AttemptSucceeded }); at >= 0 {
		s.Status, s.Reference, s.SettledAt = StatusSucceeded, s.Attempts[at].Reference, s.Attempts[at].AnsweredAt
	} else if last := s.Last(); last.Status == AttemptFailed && last.NextAt == nil {
		s.Status = StatusFailed
	}
	return s
}

// decide refuses with attempt_not_found. An answer that is not higher than what is known writes nothing but that it was asked for.
func (c Answer) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil {
		return nil, err
	}
	rank, known := ranks[c.Status]
	switch {
	case !known || c.Status == AttemptPending || (c.Status == AttemptFailed) != (c.Failure != nil):
		return nil, fmt.Errorf("a gateway's answer is %q, with the failure %v", c.Status, c.Failure)
	case rank > ranks[attempt.Status]:
		answered := Answered{N: c.N, Status: c.Status, Reference: c.Reference, Failure: c.Failure, AnsweredAt: meta.Now}
		after := answered.evolve(s)
		switch {
		case c.Status == AttemptFailed && c.N == len(s.Attempts):
			answered.NextAt = after.retryAfter(meta.Now)
		case c.Status.Open():
			answered.NextAt = after.Attempts[c.N-1].askAfter(meta.Now)
		}
		return []Fact{answered}, nil
	case c.Asked && attempt.Status.Open() && attempt.Status != AttemptPending && attempt.NextAt != nil:
		return []Fact{Asked{N: c.N, Tries: attempt.Tries + 1, AskedAt: meta.Now, NextAt: attempt.askAfter(meta.Now)}}, nil
	}
	return nil, nil
}

// Asked notes that the gateway was asked how a refund went and had no news, or that a person wants it to be asked.
type Asked struct {
	N       int        `json:"n"`
	Tries   int        `json:"tries"`
	AskedAt time.Time  `json:"asked_at"`
	NextAt  *time.Time `json:"next_at"` // null: the refund is parked, and waits for a person
}

// EventType gives the stored name.
func (Asked) EventType() string { return "refund.asked.v1" }

func (e Asked) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Tries, a.NextAt, a.Deferred = e.Tries, e.NextAt, "" })
}

// processingDays is the time for which a refund that is processed is asked for daily.
const processingDays = 30

// askUnknown lists after which times the outcome of an unknown refund is asked for.
var askUnknown = []time.Duration{5 * time.Minute, time.Hour, day, 2 * day, 3 * day, 4 * day, 5 * day}

// askAfter tells when the gateway is asked for an open attempt after an instant, counted from when it got its status.
func (a Attempt) askAfter(now time.Time) *time.Time {
	since, steps := domain.Or(a.AnsweredAt, a.RequestedAt), askUnknown
	if a.Status != AttemptUnknown {
		steps = nil
		for n := range processingDays {
			steps = append(steps, time.Duration(n+1)*day)
		}
	}
	for _, step := range steps {
		if next := since.Add(step); next.After(now) {
			return &next
		}
	}
	return nil
}
