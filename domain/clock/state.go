package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Stream is the ledger's one clock.
func Stream() domain.Stream { return domain.NewStream("clock", "main") }

// State is where the clock stands, the zero time before it was first advanced.
type State struct {
	Now time.Time `json:"now"`
}

// Size estimates the bytes of the state.
func (State) Size() int { return 24 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	if e, ok := event.(Advanced); ok {
		s.Now = e.To
	}
	return s
}
