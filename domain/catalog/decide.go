package catalog

import "github.com/tallystick/tallystick/domain"

// Command asks the catalog for something, as an administrator. Fields that a client may leave out are pointers, maps or
// slices, so that absent differs from given.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on the catalog. It refuses with a *[domain.Rejection] whose codes stand at the rules. A command
// that would change nothing succeeds without facts.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }
