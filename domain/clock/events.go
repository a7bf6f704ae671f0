package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType("clock", Evolve, domain.EventType{Zero: Advanced{}})

// Advanced: the clock stands at To from now on.
type Advanced struct {
	To time.Time `json:"to"`
}

// EventType is the stored name.
func (Advanced) EventType() string { return "clock.advanced.v1" }
