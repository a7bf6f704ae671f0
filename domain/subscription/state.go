package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Stream is a workspace's subscriptions, one after the other.
func Stream(workspace string) domain.Stream { return domain.NewStream("subscription", workspace) }

// State is a workspace's latest subscription; it has no ID before the first.
type State struct {
	ID            string        `json:"id"`
	Previous      *string       `json:"previous"`
	Status        Status        `json:"status"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	Collection    Collection    `json:"collection"`
	DaysUntilDue  int           `json:"days_until_due"`
	TimeZone      string        `json:"time_zone"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
}

// Live reports whether there is a subscription that is not terminal.
func (s State) Live() bool { return s.Status == StatusActive }

// Schedule computes the boundaries of the subscription's periods.
func (s State) Schedule() (period.Schedule, error) {
	return period.NewSchedule(s.Anchor, s.Terms.Cycle(), s.TimeZone, s.Terms.Proration)
}

// Names of what can be done with a subscription, as clients see them.
const (
	ActionCreate      = "create"
	ActionUpgrade     = "upgrade"
	ActionChangeSeats = "change_seats"
)

// AvailableActions are what the state allows now, in a fixed order.
func (s State) AvailableActions(_ time.Time) []string {
	if !s.Live() {
		return []string{ActionCreate}
	}
	return []string{ActionUpgrade, ActionChangeSeats}
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 1000 + 64*len(s.Terms.Tiers) }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	switch e := event.(type) {
	case Created:
		return State(e)
	case Upgraded:
		s.Terms, s.Anchor, s.CurrentPeriod, s.Stub = e.Terms, e.Anchor, e.CurrentPeriod, e.Stub
	case SeatsChanged:
		s.Seats = e.To
	}
	return s
}
