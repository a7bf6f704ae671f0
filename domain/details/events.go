package details

import "github.com/tallystick/tallystick/domain"

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("details", Evolve, Set{}, Erased{}).With(
	domain.EventType{Zero: Set{}, Private: domain.PrivateIn(func(e *Set) **Details { return &e.Details })},
	domain.EventType{Zero: Erased{}, Erases: true},
)

// Fact is an event of details with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Details are personal. A field that was not given is empty; a member has but a name and an e-mail address.
type Details struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"` // lines end with \n
	TaxID   string `json:"tax_id,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Set makes these the details from now on.
type Set struct {
	Details *Details `json:"-"` // nil once they were erased
}

// EventType gives the stored name.
func (Set) EventType() string { return "details.set.v1" }

func (e Set) evolve(s State) State {
	s.Details = e.Details
	return s
}

// Erased removes the details and all earlier ones.
type Erased struct{}

// EventType gives the stored name.
func (Erased) EventType() string { return "details.erased.v1" }

func (Erased) evolve(s State) State {
	s.Details = nil
	return s
}
