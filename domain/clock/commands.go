package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Command asks the clock for something.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Advance lets the clock stand at a later time. It changes nothing where the clock stands there already.
type Advance struct {
	To time.Time
}
