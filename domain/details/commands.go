package details

import "github.com/tallystick/tallystick/domain"

// Command changes somebody's details.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Replace makes these the details, all of them.
type Replace struct {
	Details Details
}

// Erase forgets the details and all that were before them.
type Erase struct{}
