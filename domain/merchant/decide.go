package merchant

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// endpointsMax bounds the endpoints of a gateway.
const endpointsMax = 20

var errIncomplete = errors.New("a secret of a gateway needs an id")

// Command asks for something of how a ledger takes money. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// SetKey sets the secret key. One that is for real money belongs into a live ledger, and no other.
type SetKey struct {
	Key        string // the id of the secret
	Live       bool
	LedgerLive bool
}

// KeySet sets the secret key.
type KeySet struct {
	Key  string `json:"key"` // the id of the secret
	Live bool   `json:"live"`
}

// EventType gives the stored name.
func (KeySet) EventType() string { return "merchant.key_set.v1" }

func (e KeySet) evolve(s State) State {
	if s.Key != e.Key {
		s.Replaced = s.Key
	}
	s.Key, s.Live = e.Key, e.Live
	return s
}

// decide refuses with gateway_mode_mismatch. The same key again changes nothing.
func (c SetKey) decide(s State, _ domain.Meta) ([]Fact, error) {
	switch {
	case c.Key == "":
		return nil, errIncomplete
	case c.Live && !c.LedgerLive:
		return nil, domain.InvalidField("/secret_key", "gateway_mode_mismatch", "a sandbox takes no key for real money")
	case !c.Live && c.LedgerLive:
		return nil, domain.InvalidField("/secret_key", "gateway_mode_mismatch", "a live ledger takes no key for tests")
	case s.Key == c.Key:
		return nil, nil
	}
	return []Fact{KeySet{Key: c.Key, Live: c.Live}}, nil
}

// AddEndpoint adds an address for what the gateway tells.
type AddEndpoint struct{ ID string }

// EndpointAdded adds an address for what the gateway tells.
type EndpointAdded struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
}

// EventType gives the stored name.
func (EndpointAdded) EventType() string { return "merchant.endpoint_added.v1" }

func (e EndpointAdded) evolve(s State) State {
	s.Endpoints = append(slices.Clip(s.Endpoints), Endpoint(e))
	return s
}

// decide refuses with endpoints_full. One that is there stays.
func (c AddEndpoint) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.ID == "" {
		return nil, errIncomplete
	}
	if _, ok := s.Find(c.ID); ok {
		return nil, nil
	}
	if len(s.Endpoints) >= endpointsMax {
		return nil, domain.Conflict("endpoints_full", "a gateway has at most %d endpoints: remove those that are not used", endpointsMax)
	}
	return []Fact{EndpointAdded{ID: c.ID, CreatedAt: meta.Now}}, nil
}

// RemoveEndpoint takes an address away.
type RemoveEndpoint struct{ ID string }

// EndpointRemoved takes an address away.
type EndpointRemoved struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (EndpointRemoved) EventType() string { return "merchant.endpoint_removed.v1" }

func (e EndpointRemoved) evolve(s State) State {
	s.Endpoints = slices.DeleteFunc(slices.Clone(s.Endpoints), func(known Endpoint) bool { return known.ID == e.ID })
	return s
}

// decide refuses with endpoint_unknown.
func (c RemoveEndpoint) decide(s State, _ domain.Meta) ([]Fact, error) {
	if _, ok := s.Find(c.ID); !ok {
		return nil, domain.NotFound("endpoint_unknown", "the gateway has no such endpoint")
	}
	return []Fact{EndpointRemoved(c)}, nil
}
