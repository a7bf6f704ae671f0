package trial

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// reminderBefore says how long before its end a trial is near it.
const reminderBefore = 3 * 24 * time.Hour

// Stream names a workspace's trial of a family.
func Stream(workspace, family string) domain.Stream {
	return domain.NewStream("trial", workspace, family)
}

// State describes a trial; it has no status before it starts.
type State struct {
	Family       string    `json:"family"`
	Subscription string    `json:"subscription"`
	Price        string    `json:"price"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Status       Status    `json:"status"`
	Reminded     time.Time `json:"reminded"` // of which end
	EndedAt      time.Time `json:"ended_at"` // zero while active
}

// CheckUnused refuses with trial_already_used. Ask it before the subscription, whose refusals matter less to whoever asks
// for a second trial.
func (s State) CheckUnused(family string) error {
	if s.Status == "" {
		return nil
	}
	return domain.Conflict("trial_already_used", "the workspace has tried the family %s already", family).
		With("start", s.Start).With("trial_status", s.Status)
}

// ReminderAt tells when the end is near, if nobody was reminded of it yet. A trial that begins so near has no reminder.
func (s State) ReminderAt() (at time.Time, ok bool) {
	at = s.End.Add(-reminderBefore)
	return at, s.Status == StatusActive && !s.Reminded.Equal(s.End) && at.After(s.Start)
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 300 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
