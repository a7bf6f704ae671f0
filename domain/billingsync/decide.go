package billingsync

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Command asks for something of the comparisons.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on the comparisons. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Record tells what a comparison found. Early tells that it was not of the night.
type Record struct {
	Checked     int
	Differences int
	Early       bool
}

// Ran notes what a comparison found.
type Ran struct {
	Checked     int       `json:"checked"`
	Differences int       `json:"differences"` // that were not repaired
	RanAt       time.Time `json:"ran_at"`
	NextAt      time.Time `json:"next_at"`
}

// EventType gives the stored name.
func (Ran) EventType() string { return "billing_sync.ran.v1" }

func (e Ran) evolve(s State) State {
	s.RanAt, s.Checked, s.Differences, s.NextAt = e.RanAt, e.Checked, e.Differences, e.NextAt
	if e.Differences == 0 {
		s.Since, s.Tries, s.Code = time.Time{}, 0, ""
		return s
	}
	return s.inVain(CodeDifferences, e.RanAt)
}

// inVain counts a try in vain.
func (s State) inVain(code string, at time.Time) State {
	if s.Code != code {
		s.Since, s.Tries, s.Code = at, 0, code
	}
	s.Tries++
	return s
}

// decide never refuses. Whoever comes second in a night, and an early comparison that finds what was known, write nothing.
func (c Record) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Checked < 0 || c.Differences < 0 {
		return nil, errors.New("a comparison counts what it compares and finds")
	}
	if c.Early && c.Differences == s.Differences && s.Code != CodeUnreachable || !c.Early && s.NextAt.After(meta.Now) {
		return nil, nil
	}
	return []Fact{Ran{Checked: c.Checked, Differences: c.Differences, RanAt: meta.Now, NextAt: Night(meta.Now)}}, nil
}

// Defer tells that a gateway could not be reached.
type Defer struct{}

// Deferred notes that a gateway could not be reached.
type Deferred struct {
	Code  string    `json:"code"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// EventType gives the stored name.
func (Deferred) EventType() string { return "billing_sync.deferred.v1" }

func (e Deferred) evolve(s State) State {
	s.NextAt = e.Until
	return s.inVain(e.Code, e.At)
}

// deferTime is the time after which a gateway is tried again.
const deferTime = time.Hour

// decide never refuses. What is not due is not deferred.
func (Defer) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.NextAt.After(meta.Now) {
		return nil, nil
	}
	return []Fact{Deferred{Code: CodeUnreachable, At: meta.Now, Until: meta.Now.Add(deferTime)}}, nil
}

// Hurry lets the ledger be compared now, because a person says so.
type Hurry struct{}

// Hurried lets the ledger be compared before its time.
type Hurried struct {
	At time.Time `json:"at"`
}

// EventType gives the stored name.
func (Hurried) EventType() string { return "billing_sync.hurried.v1" }

func (e Hurried) evolve(s State) State {
	s.NextAt = e.At
	return s
}

// decide refuses with job_not_found where nothing is due, and the latest comparison found nothing. What is due already is due.
func (Hurry) decide(s State, meta domain.Meta) ([]Fact, error) {
	due := !s.NextAt.After(meta.Now)
	switch {
	case s.NextAt.IsZero() || !due && s.Code != "":
		return []Fact{Hurried{At: meta.Now}}, nil
	case !due:
		return nil, domain.NotFound("job_not_found", "the ledger was compared with its gateways, and nothing differs")
	}
	return nil, nil
}
