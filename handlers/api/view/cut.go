package view

import (
	"time"

	"github.com/tallystick/tallystick/eventstore"
)

// Cut tells up to which event something is shown.
type Cut struct {
	Position int64     `json:"position" doc:"Of the last event that counts, 0 for none."`
	Time     time.Time `json:"time" doc:"The one that was asked for, or else that of the event."`
}

// CutOf shows a cut.
func CutOf(c eventstore.Cut) Cut { return Cut(c) }
