package details

import "github.com/tallystick/tallystick/domain"

// BillingStream names the stream of the billing details of a workspace.
func BillingStream(workspace string) domain.Stream { return domain.NewStream("details", workspace) }

// MemberStream names the stream of the details of a member.
func MemberStream(workspace, member string) domain.Stream {
	return domain.NewStream("details", workspace, member)
}

// State holds the details of now: nil where there are none.
type State struct {
	Details *Details `json:"details"`
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	if s.Details == nil {
		return 100
	}
	d := *s.Details
	return 200 + len(d.Name) + len(d.Email) + len(d.Address) + len(d.TaxID) + len(d.Country)
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
