package seller

import (
	"encoding/json"
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("seller", Evolve, Set{})

// Stream names the one stream of a ledger's seller.
func Stream() domain.Stream { return domain.NewStream("seller", "main") }

// State holds the profile of now.
type State struct {
	profile *Profile
}

// Profile gives the profile of now, and the defaults alone while there is none.
func (s State) Profile() Profile {
	if s.profile == nil {
		return Profile{
			InvoicePrefix: InvoicePrefixDefault, CreditNotePrefix: CreditNotePrefixDefault, TimeZone: period.TimeZoneDefault,
		}
	}
	return *s.profile
}

// MarshalJSON shows the profile.
func (s State) MarshalJSON() ([]byte, error) { return json.Marshal(s.Profile()) }

// Size estimates the bytes of the state.
func (s State) Size() int {
	p := s.Profile()
	return 1000 + len(p.LegalName) + len(p.Address) + len(p.Terms) + len(p.Footer) + len(p.Logo)
}

// Fact is an event of the seller with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Set makes this the profile from now on.
type Set struct {
	Profile Profile `json:"profile"`
}

// EventType gives the stored name.
func (Set) EventType() string { return "seller.set.v1" }

func (e Set) evolve(s State) State {
	s.profile = &e.Profile
	return s
}
