package details

import "github.com/tallystick/tallystick/domain"

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("details", Evolve, Set{}, Erased{}).With(
	domain.EventType{Zero: Set{}, Private: domain.PrivateIn(func(e *Set) **Details { return &e.Details })},
	domain.EventType{Zero: Erased{}, Erases: true},
)

// Details are personal. What is empty was not given; a member has but a name and an e-mail address.
type Details struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"` // lines end with \n
	TaxID   string `json:"tax_id,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Set is that the details are these from now on.
type Set struct {
	Details *Details `json:"-"` // nil once they were erased
}

// EventType is the stored name.
func (Set) EventType() string { return "details.set.v1" }

// Erased is that there are no details any more, nor any earlier ones.
type Erased struct{}

// EventType is the stored name.
func (Erased) EventType() string { return "details.erased.v1" }
