package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Stream names the ledger's one clock.
func Stream() domain.Stream { return domain.NewStream("clock", "main") }

// State tells the time at which the clock stands: the zero time before it was first advanced.
type State struct {
	Now time.Time `json:"now"`
}

// Size estimates the bytes of the state.
func (State) Size() int { return 24 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
