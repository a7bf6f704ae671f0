package dunning

import (
	"encoding/json"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("dunning", Evolve, Set{})

// Stream names the one stream of a ledger's policy.
func Stream() domain.Stream { return domain.NewStream("dunning", "main") }

// State holds the policies that there were, in their order, so that the version of the stream is that of the last.
type State struct {
	policies []Set
}

// MarshalJSON shows the policies in the order in which they came.
func (s State) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Policies []Set `json:"policies"`
	}{s.policies})
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + 300*len(s.policies) }

// Policy gives the policy of now.
func (s State) Policy() Policy { return s.version(int64(len(s.policies))) }

func (s State) version(n int64) Policy {
	if n < 1 || n > int64(len(s.policies)) {
		return Default()
	}
	return s.policies[n-1].Policy
}

// VersionAt gives the version of the policy that is in force at an instant, 0 for the default.
func (s State) VersionAt(at time.Time) int64 {
	return s.last(func(set Set) bool { return !set.SetAt.After(at) })
}

// Of gives the policy of an invoice: of the version that it names, or else, for 0, the one that was in force before it fell due.
func (s State) Of(version int64, due time.Time) Policy {
	if version > 0 {
		return s.version(version)
	}
	return s.version(s.last(func(set Set) bool { return set.SetAt.Before(due) }))
}

func (s State) last(fits func(Set) bool) int64 {
	for i := len(s.policies); i > 0; i-- {
		if fits(s.policies[i-1]) {
			return int64(i)
		}
	}
	return 0
}

// Fact is an event of the policy with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Command changes the policy.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on the policy. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Replace makes this the policy, all of it.
type Replace struct{ Policy Policy }

// Set makes this the policy of what falls due from then on.
type Set struct {
	Policy Policy    `json:"policy"`
	SetAt  time.Time `json:"set_at"`
}

// EventType gives the stored name.
func (Set) EventType() string { return "dunning.set.v1" }

func (e Set) evolve(s State) State {
	s.policies = append(s.policies[:len(s.policies):len(s.policies)], e)
	return s
}

// decide changes nothing where the policy is this already. It refuses with its fields, whose codes stand at the function that
// checks them.
func (c Replace) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := c.Policy.check(); err != nil {
		return nil, err
	}
	if s.Policy().equal(c.Policy) {
		return nil, nil
	}
	c.Policy.RetryDays = append([]int{}, c.Policy.RetryDays...)
	return []Fact{Set{Policy: c.Policy, SetAt: meta.Now}}, nil
}
