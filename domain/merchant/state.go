package merchant

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("merchant", Evolve, KeySet{}, EndpointAdded{}, EndpointRemoved{})

// Stream names how a ledger takes money at a gateway.
func Stream(gateway string) domain.Stream { return domain.NewStream("merchant", gateway) }

// Endpoint is an address for what a gateway tells unasked.
type Endpoint struct {
	ID        string    `json:"id"` // also of its signing secret
	CreatedAt time.Time `json:"created_at"`
}

// State describes it; before its first event nothing is configured. Its slice is never written to.
type State struct {
	Key       string     `json:"key"`      // the id of the secret key; empty where there is none
	Replaced  string     `json:"replaced"` // the id of the secret key before
	Live      bool       `json:"live"`     // whether the key is for real money
	Endpoints []Endpoint `json:"endpoints"`
}

// Find finds an endpoint by its id.
func (s State) Find(id string) (Endpoint, bool) {
	at := slices.IndexFunc(s.Endpoints, func(e Endpoint) bool { return e.ID == id })
	if at < 0 {
		return Endpoint{}, false
	}
	return s.Endpoints[at], true
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 200 + 100*len(s.Endpoints) }

// Fact is an event of a merchant with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
