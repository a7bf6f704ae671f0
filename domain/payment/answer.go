package payment

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Answer tells what a gateway said of an attempt.
type Answer struct {
	N          int
	Status     Status
	Reference  string
	NextAction *NextAction
	Failure    *Failure
	Fee        *money.Amount
	SettlesAt  *time.Time
	// Asked tells that the gateway was asked how the charge went, so that an answer without news moves the next question.
	Asked bool
	// Unasked tells that the gateway said it by itself, which leaves out what the charge cost: it is asked for that.
	Unasked bool
}

// Answered notes what a gateway said of an attempt.
type Answered struct {
	N          int           `json:"n"`
	Status     Status        `json:"status"`
	Reference  string        `json:"gateway_reference"`
	NextAction *NextAction   `json:"next_action"`
	Failure    *Failure      `json:"failure"`
	Fee        *money.Amount `json:"fee"`
	SettlesAt  *time.Time    `json:"settles_at"` // when a success becomes money in the bank
	AnsweredAt time.Time     `json:"answered_at"`
	NextAt     *time.Time    `json:"next_at"` // when the gateway is asked again; null where nothing is open
}

// EventType gives the stored name.
func (Answered) EventType() string { return "payment.answered.v1" }

func (e Answered) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) {
		a.Status, a.Reference, a.NextAction, a.Failure, a.Fee, a.SettlesAt = e.Status, e.Reference, e.NextAction, e.Failure, e.Fee, e.SettlesAt
		a.AnsweredAt, a.NextAt, a.Tries, a.Deferred = &e.AnsweredAt, e.NextAt, 0, ""
	})
}

// decide refuses with attempt_not_found. An answer that is not higher than what is known writes nothing but that it was asked for.
func (c Answer) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil {
		return nil, err
	}
	rank, known := ranks[c.Status]
	costed, costs := c.cost(attempt, meta.Now)
	switch {
	case !known || c.Status == StatusPending || (c.Status == StatusFailed) != (c.Failure != nil):
		return nil, fmt.Errorf("a gateway's answer is %q, with the failure %v", c.Status, c.Failure)
	case rank > ranks[attempt.Status]:
		answered := Answered{
			N: c.N, Status: c.Status, Reference: c.Reference, NextAction: c.NextAction, Failure: c.Failure, Fee: c.Fee, SettlesAt: c.SettlesAt,
			AnsweredAt: meta.Now,
		}
		if answered.NextAt = answered.evolve(s).Attempts[c.N-1].askAfter(meta.Now); c.Status == StatusSucceeded {
			answered.NextAt = nil
			if c.Unasked && c.Fee == nil {
				answered.NextAt = &meta.Now
			}
		}
		return []Fact{answered}, nil
	case costs:
		return []Fact{costed}, nil
	case c.Asked && attempt.Status != StatusPending && attempt.NextAt != nil:
		return []Fact{Asked{N: c.N, Tries: attempt.Tries + 1, AskedAt: meta.Now, NextAt: attempt.askAfter(meta.Now)}}, nil
	}
	return nil, nil
}

// Asked notes that the gateway was asked how a charge went and had no news.
type Asked struct {
	N       int        `json:"n"`
	Tries   int        `json:"tries"`
	AskedAt time.Time  `json:"asked_at"`
	NextAt  *time.Time `json:"next_at"` // null: the attempt is parked, and waits for a person
}

// EventType gives the stored name.
func (Asked) EventType() string { return "payment.asked.v1" }

func (e Asked) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Tries, a.NextAt, a.Deferred = e.Tries, e.NextAt, "" })
}

const day = 24 * time.Hour

// processingDays is the time for which an attempt that is processed is asked for daily.
const processingDays = 30

// askUnknown lists after which times the outcome of an unknown charge is asked for.
var askUnknown = []time.Duration{5 * time.Minute, time.Hour, day, 2 * day, 3 * day, 4 * day, 5 * day}

// askAfter tells when the gateway is asked for an open attempt, or for what a success cost, after an instant, counted from when it got
// its status.
func (a Attempt) askAfter(now time.Time) *time.Time {
	if a.Status == StatusFailed {
		return nil
	}
	since, steps := domain.Or(a.AnsweredAt, a.RequestedAt), askUnknown
	switch {
	case a.Status == StatusRequiresAction && a.NextAction != nil && a.NextAction.ExpiresAt.After(now):
		return new(a.NextAction.ExpiresAt)
	case a.Status == StatusSucceeded:
		steps = askCost
	case a.Status != StatusUnknown:
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
func (Deferred) EventType() string { return "payment.deferred.v1" }

func (e Deferred) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) { a.Tries, a.NextAt, a.Deferred = e.Tries, &e.Until, e.Code })
}

// deferTimes lists after which times a gateway is tried again; the last counts for all further tries.
var deferTimes = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}

// decide refuses with attempt_not_found. What was answered meanwhile, or is not due, is not deferred.
func (c Defer) decide(s State, meta domain.Meta) ([]Fact, error) {
	attempt, err := s.at(c.N)
	if err != nil || attempt.NextAt == nil || attempt.NextAt.After(meta.Now) {
		return nil, err
	}
	tries := 1
	if attempt.Deferred != "" {
		tries = attempt.Tries + 1
	}
	wait := deferTimes[min(tries, len(deferTimes))-1]
	return []Fact{Deferred{N: c.N, Tries: tries, Code: c.Code, Until: meta.Now.Add(wait)}}, nil
}
