package clock

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// yearMax is what requests may name; before it, every date that follows from the clock can be, too.
const yearMax = 2200

// Decide judges a command on the clock, which stands at meta.Now. It is refused with clock_backwards or to_invalid.
func Decide(_ State, command Command, meta domain.Meta) ([]domain.Event, error) {
	c, ok := command.(Advance)
	if !ok {
		return nil, fmt.Errorf("clock has no command %T", command)
	}
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
	return []domain.Event{Advanced{To: to}}, nil
}
