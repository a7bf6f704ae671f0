package clock

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// yearMax bounds what requests may name; before it, every date that follows from the clock can be named, too.
const yearMax = 2200

// Decide judges a command on the clock, which stands at meta.Now.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// decide refuses with clock_backwards or to_invalid.
func (c Advance) decide(_ State, meta domain.Meta) ([]Fact, error) {
	to := c.To.UTC().Truncate(time.Microsecond)
	switch {
	case to.Before(meta.Now):
		return nil, domain.InvalidField("/to", "clock_backwards", "to must not be before %s, where the clock stands",
			meta.Now.Format(time.RFC3339Nano))
	case to.Year() >= yearMax:
		return nil, domain.InvalidField("/to", "to_invalid", "to must be before the year %d", yearMax)
	case to.Equal(meta.Now):
		return nil, nil
	}
	return []Fact{Advanced{To: to}}, nil
}
