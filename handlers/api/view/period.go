package view

import (
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

// Period is half open: the end belongs to what follows.
type Period struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// PeriodOf shows a period.
func PeriodOf(p period.Period) Period { return Period{Start: p.Start.UTC(), End: p.End.UTC()} }
