package job

import (
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the stream of this package.
var Type = domain.NewStreamType[Fact]("job", Evolve, Parked{}, Released{})

// Stream names the one stream of a ledger.
func Stream() domain.Stream { return domain.NewStream("job", "parked") }

// Deadline names what a person stops.
type Deadline struct {
	Kind    string        `json:"kind"`
	Stream  domain.Stream `json:"stream"`
	Subject string        `json:"subject,omitempty"`
	DueAt   time.Time     `json:"due_at"`
}

func (d Deadline) is(other Deadline) bool {
	return d.Stream == other.Stream && d.Subject == other.Subject
}

// State lists what is parked. Its slice is never written to.
type State struct {
	Parked []Deadline `json:"parked"`
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 50 + 200*len(s.Parked) }

// Command asks for something of what is parked.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on what is parked. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Fact is an event of what is parked, with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

const reasonMax = 500

// Park stops a deadline.
type Park struct {
	Deadline
	Reason string
}

// Parked stops a deadline until a person releases it.
type Parked struct {
	Deadline
	Reason   string    `json:"reason"`
	ParkedAt time.Time `json:"parked_at"`
}

// EventType gives the stored name.
func (Parked) EventType() string { return "job.parked.v1" }

func (e Parked) evolve(s State) State {
	s.Parked = append(slices.DeleteFunc(slices.Clone(s.Parked), e.Deadline.is), e.Deadline)
	return s
}

// decide refuses with reason_invalid. What is parked already stays as it is.
func (c Park) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Kind == "" || c.Stream == "" || c.DueAt.IsZero() {
		return nil, errors.New("a deadline has a kind, a stream and an instant")
	}
	var check domain.Check
	check.Require(c.Reason != "" && utf8.RuneCountInString(c.Reason) <= reasonMax, "/reason", "reason_invalid", "reason must have 1 to %d characters", reasonMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.Parked, func(d Deadline) bool { return d.is(c.Deadline) && d.DueAt.Equal(c.DueAt) && d.Kind == c.Kind }) {
		return nil, nil
	}
	return []Fact{Parked{Deadline: c.Deadline, Reason: c.Reason, ParkedAt: meta.Now}}, nil
}

// Release lets what is parked in a stream happen again.
type Release struct{ Stream domain.Stream }

// Released lets a deadline happen again.
type Released struct {
	Stream  domain.Stream `json:"stream"`
	Subject string        `json:"subject,omitempty"`
}

// EventType gives the stored name.
func (Released) EventType() string { return "job.released.v1" }

func (e Released) evolve(s State) State {
	s.Parked = slices.DeleteFunc(slices.Clone(s.Parked), Deadline{Stream: e.Stream, Subject: e.Subject}.is)
	return s
}

// decide never refuses.
func (c Release) decide(s State, _ domain.Meta) (facts []Fact, _ error) {
	for _, d := range s.Parked {
		if d.Stream == c.Stream {
			facts = append(facts, Released{Stream: d.Stream, Subject: d.Subject})
		}
	}
	return facts, nil
}
