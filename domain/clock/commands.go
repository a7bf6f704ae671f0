package clock

import "time"

// Command is an intent about the clock.
type Command interface{ command() }

// Advance lets the clock stand at a later time. To where it stands already, it changes nothing.
type Advance struct {
	To time.Time `json:"to"`
}

func (Advance) command() {}
