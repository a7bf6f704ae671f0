package paymentmethod

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// methodsMax bounds the methods of a workspace.
const methodsMax = 50

var errIncomplete = errors.New("a payment method needs an id, a gateway and a token")

// Command asks for something of a workspace's payment methods. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Add adds a method that a gateway has accepted.
type Add struct {
	ID string
	Description
	Default bool
}

// Added notes a new method, which is the default where it says so.
type Added struct {
	ID string `json:"id"`
	Description
	Default   bool      `json:"default"`
	CreatedAt time.Time `json:"created_at"`
}

// EventType gives the stored name.
func (Added) EventType() string { return "paymentmethod.added.v1" }

func (e Added) evolve(s State) State {
	s.Methods = append(slices.Clip(s.Methods), Method{ID: e.ID, Description: e.Description, CreatedAt: e.CreatedAt})
	if e.Default {
		s.Default = e.ID
	}
	return s
}

// decide refuses with payment_methods_full. The first method is the default.
func (c Add) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.ID == "" || c.Gateway == "" || c.Token == "" {
		return nil, errIncomplete
	}
	if len(s.Methods) >= methodsMax {
		return nil, domain.Conflict("payment_methods_full", "a workspace has at most %d payment methods", methodsMax)
	}
	return []Fact{Added{ID: c.ID, Description: c.Description, Default: c.Default || len(s.Methods) == 0, CreatedAt: meta.Now}}, nil
}

// SetDefault makes a method the default.
type SetDefault struct{ ID string }

// DefaultSet makes a method the default.
type DefaultSet struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (DefaultSet) EventType() string { return "paymentmethod.default_set.v1" }

func (e DefaultSet) evolve(s State) State {
	s.Default = e.ID
	return s
}

// decide refuses with payment_method_not_found. The default stays the default.
func (c SetDefault) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkKnown(c.ID); err != nil || s.Default == c.ID {
		return nil, err
	}
	return []Fact{DefaultSet(c)}, nil
}

// Remove takes a method away, by a person where no reason is given.
type Remove struct {
	ID     string
	Reason string
}

// Reasons of removals.
const (
	ReasonRemoved  = "removed"  // by a person
	ReasonDetached = "detached" // its gateway has it no more
)

// Removed takes a method away. Where it was the default, there is none from then on.
type Removed struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// EventType gives the stored name.
func (Removed) EventType() string { return "paymentmethod.removed.v1" }

func (e Removed) evolve(s State) State {
	s.Methods = slices.DeleteFunc(slices.Clone(s.Methods), func(m Method) bool { return m.ID == e.ID })
	if s.Default == e.ID {
		s.Default = ""
	}
	return s
}

// decide refuses with payment_method_not_found.
func (c Remove) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkKnown(c.ID); err != nil {
		return nil, err
	}
	return []Fact{Removed{ID: c.ID, Reason: cmp.Or(c.Reason, ReasonRemoved)}}, nil
}

func (s State) checkKnown(id string) error {
	if _, ok := s.Find(id); !ok {
		return domain.NotFound("payment_method_not_found", "the workspace has no such payment method")
	}
	return nil
}
