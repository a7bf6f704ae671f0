package webhook

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("webhook", Evolve,
	Created{}, Changed{}, Enabled{}, Disabled{}, SecretRotated{}, Tested{}, Replayed{}, Redelivered{}, Deleted{}, Parked{},
)

// Stream names one endpoint.
func Stream(id string) domain.Stream { return domain.NewStream("webhook", id) }

// Status tells whether an endpoint is sent anything.
type Status string

const (
	StatusEnabled  Status = "enabled"
	StatusDisabled Status = "disabled"
)

// Statuses lists all of them.
var Statuses = []Status{StatusEnabled, StatusDisabled}

// Reason tells why an endpoint is disabled.
type Reason string

const (
	ReasonGone    Reason = "gone"    // it answered 410
	ReasonFailing Reason = "failing" // nothing was delivered for long
	ReasonManual  Reason = "manual"  // somebody disabled it
)

// Reasons lists all of them.
var Reasons = []Reason{ReasonGone, ReasonFailing, ReasonManual}

// Settings hold a client's choices for an endpoint.
type Settings struct {
	URL         string   `json:"url"`
	Types       []string `json:"types"`
	Description string   `json:"description"`
}

// State describes an endpoint; it has no ID before its creation.
type State struct {
	ID string `json:"id"`
	Settings
	Status    Status    `json:"status"`
	Reason    Reason    `json:"reason,omitempty"` // of a disabled one
	CreatedAt time.Time `json:"created_at"`
	Secret    string    `json:"secret"` // the id of the one that signs
	// Previous is the id of the secret before, which signs too until PreviousUntil.
	Previous      string    `json:"previous,omitempty"`
	PreviousUntil time.Time `json:"previous_until,omitzero"`
	Deleted       bool      `json:"deleted,omitzero"`
}

// Exists reports whether there is such an endpoint.
func (s State) Exists() bool { return s.ID != "" && !s.Deleted }

// Secrets lists the ids of the secrets that sign at an instant, the newest first.
func (s State) Secrets(now time.Time) []string {
	if s.Previous != "" && now.Before(s.PreviousUntil) {
		return []string{s.Secret, s.Previous}
	}
	return []string{s.Secret}
}

// Hears reports whether the endpoint hears news of a type.
func (s State) Hears(of string) bool { return Chosen(s.Types, of) }

// Size estimates the bytes of the state.
func (s State) Size() int { return 500 + len(s.URL) + len(s.Description) + 40*len(s.Types) }

// Fact is an event of an endpoint with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Created begins an endpoint, which is enabled.
type Created struct {
	ID string `json:"id"`
	Settings
	Secret    string    `json:"secret"`
	CreatedAt time.Time `json:"created_at"`
}

// EventType gives the stored name.
func (Created) EventType() string { return "webhook.created.v1" }

func (e Created) evolve(State) State {
	return State{ID: e.ID, Settings: e.Settings, Status: StatusEnabled, Secret: e.Secret, CreatedAt: e.CreatedAt}
}

// Changed replaces the settings.
type Changed struct{ Settings }

// EventType gives the stored name.
func (Changed) EventType() string { return "webhook.changed.v1" }

func (e Changed) evolve(s State) State {
	s.Settings = e.Settings
	return s
}

// Enabled lets the endpoint be sent what happens from now on.
type Enabled struct{}

// EventType gives the stored name.
func (Enabled) EventType() string { return "webhook.enabled.v1" }

func (Enabled) evolve(s State) State {
	s.Status, s.Reason = StatusEnabled, ""
	return s
}

// Disabled stops the endpoint; what was not delivered is canceled.
type Disabled struct {
	Reason Reason `json:"reason"`
}

// EventType gives the stored name.
func (Disabled) EventType() string { return "webhook.disabled.v1" }

func (e Disabled) evolve(s State) State {
	s.Status, s.Reason = StatusDisabled, e.Reason
	return s
}

// SecretRotated lets another secret sign, and the one before beside it for a while.
type SecretRotated struct {
	Secret            string    `json:"secret"`
	PreviousExpiresAt time.Time `json:"previous_expires_at"`
}

// EventType gives the stored name.
func (SecretRotated) EventType() string { return "webhook.secret_rotated.v1" }

func (e SecretRotated) evolve(s State) State {
	s.Previous, s.PreviousUntil, s.Secret = s.Secret, e.PreviousExpiresAt, e.Secret
	return s
}

// Tested asks the endpoint whether it hears.
type Tested struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (Tested) EventType() string { return "webhook.tested.v1" }

func (Tested) evolve(s State) State { return s }

// Replayed lets what the endpoint heard of these positions be sent again.
type Replayed struct {
	From  int64    `json:"from"`
	To    int64    `json:"to"`
	Types []string `json:"types,omitempty"` // none choose all
}

// EventType gives the stored name.
func (Replayed) EventType() string { return "webhook.replayed.v1" }

func (Replayed) evolve(s State) State { return s }

// Redelivered lets one delivery be sent again.
type Redelivered struct {
	Position int64 `json:"position"` // of the event that it tells of
}

// EventType gives the stored name.
func (Redelivered) EventType() string { return "webhook.redelivered.v1" }

func (Redelivered) evolve(s State) State { return s }

// Deleted ends the endpoint for good.
type Deleted struct{}

// EventType gives the stored name.
func (Deleted) EventType() string { return "webhook.deleted.v1" }

func (Deleted) evolve(s State) State {
	s.Status, s.Reason, s.Deleted = StatusDisabled, ReasonManual, true
	return s
}

// Parked keeps one delivery from being tried until it is asked for again.
type Parked struct {
	Position int64  `json:"position"` // of the event that it tells of
	Reason   string `json:"reason"`
}

// EventType gives the stored name.
func (Parked) EventType() string { return "webhook.parked.v1" }

func (Parked) evolve(s State) State { return s }

// clone keeps what a state leads to from being written to.
func (s Settings) clone() Settings {
	s.Types = slices.Clone(s.Types)
	return s
}
