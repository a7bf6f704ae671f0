package audit

import "github.com/tallystick/tallystick/domain"

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("audit", Evolve, Restarted{})

// Stream names the ledger's one audit.
func Stream() domain.Stream { return domain.NewStream("audit", "main") }

// State tells which tree is sealed.
type State struct {
	Restarts int `json:"restarts"`
}

// Tree numbers the tree that is sealed, from 1.
func (s State) Tree() int { return s.Restarts + 1 }

// Size estimates the bytes of the state.
func (State) Size() int { return 16 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
