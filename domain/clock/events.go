package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("clock", Evolve, Advanced{})

// Fact is an event of the clock with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Advanced lets the clock stand at To from now on.
type Advanced struct {
	To time.Time `json:"to"`
}

// EventType gives the stored name.
func (Advanced) EventType() string { return "clock.advanced.v1" }

func (e Advanced) evolve(s State) State {
	s.Now = e.To
	return s
}
