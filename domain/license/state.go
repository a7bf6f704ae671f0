package license

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("license", Evolve,
	Issued{}, SeatsChanged{}, FeaturesChanged{}, Suspended{}, Reinstated{}, Renewed{}, Revoked{}, KeyRotated{},
	Activated{}, Deactivated{}, InstanceDied{}, InstanceReturned{}, FileIssued{}, PlanChanged{}, Expiring{}, Expired{},
)

// Stream names one license.
func Stream(id string) domain.Stream { return domain.NewStream("license", id) }

// Expiry tells what becomes of installations when the license has expired.
type Expiry string

const (
	ExpiryRestrict Expiry = "restrict" // they may only look at what they have
	ExpiryMaintain Expiry = "maintain" // they go on
)

// Expiries lists all of them.
var Expiries = []Expiry{ExpiryRestrict, ExpiryMaintain}

// DeadInstances tells whether an instance that died still counts.
type DeadInstances string

const (
	DeadKeep    DeadInstances = "keep"
	DeadRelease DeadInstances = "release"
)

// DeadInstancesAll lists all of them.
var DeadInstancesAll = []DeadInstances{DeadKeep, DeadRelease}

// Status tells how a license is. The first that holds is shown.
type Status string

const (
	StatusRevoked   Status = "revoked" // for good
	StatusSuspended Status = "suspended"
	StatusExpired   Status = "expired"
	StatusExpiring  Status = "expiring" // within two weeks
	StatusInactive  Status = "inactive" // no instance
	StatusActive    Status = "active"
)

// Statuses lists all of them.
var Statuses = []Status{StatusRevoked, StatusSuspended, StatusExpired, StatusExpiring, StatusInactive, StatusActive}

// ExpiringFor counts back from a license's end: from then on it is expiring.
const ExpiringFor = 14 * 24 * time.Hour

// State describes a license; it has no ID before it is issued. What its maps, pointers and slices lead to is never written to.
type State struct {
	Issued
	Sequence  int64      `json:"sequence"`
	Suspended bool       `json:"suspended"`
	Unpaid    bool       `json:"unpaid,omitempty"` // it is suspended because its subscription waits for its first payment
	Revoked   bool       `json:"revoked"`
	Instances []Instance `json:"instances"` // in the order of their activation
	Noted     Noted      `json:"noted"`
}

// Instance is an installation that uses the license.
type Instance struct {
	Activated
	Dead bool        `json:"dead"`
	File *FileIssued `json:"file"` // the latest
}

// Status tells how the license is at an instant.
func (s State) Status(now time.Time) Status {
	switch {
	case s.Revoked:
		return StatusRevoked
	case s.Suspended:
		return StatusSuspended
	case s.Expired(now):
		return StatusExpired
	case s.ExpiresAt != nil && !now.Before(s.ExpiresAt.Add(-ExpiringFor)):
		return StatusExpiring
	case len(s.Instances) == 0:
		return StatusInactive
	}
	return StatusActive
}

// Expired reports whether the license has expired by an instant.
func (s State) Expired(now time.Time) bool { return s.ExpiresAt != nil && !now.Before(*s.ExpiresAt) }

// Actions lists all that a state may allow.
var Actions = []string{"seats", "remove_unused_seats", "features", "suspend", "reinstate", "renew", "revoke", "rotate_key"}

// Actions lists what the state allows next.
func (s State) Actions() []string {
	allowed := []string{}
	for _, action := range Actions {
		switch {
		case s.Revoked, action == "suspend" && s.Suspended, action == "reinstate" && !s.Suspended, action == "renew" && s.Subscription != nil:
		default:
			allowed = append(allowed, action)
		}
	}
	return allowed
}

// Instance finds an instance by its name.
func (s State) Instance(name string) (Instance, bool) {
	i := slices.IndexFunc(s.Instances, func(i Instance) bool { return i.Instance == name })
	if i < 0 {
		return Instance{}, false
	}
	return s.Instances[i], true
}

// DiesAt tells when an instance dies that was heard of last at an instant; it never does where ok is false.
func (s State) DiesAt(seen time.Time) (at time.Time, ok bool) {
	if s.HeartbeatTTL == nil {
		return at, false
	}
	return seen.Add(time.Duration(*s.HeartbeatTTL)*time.Second + heartbeatDrift), true
}

// heartbeatDrift lets a heartbeat be late by so much.
const heartbeatDrift = 30 * time.Second

// Size estimates the bytes of the state.
func (s State) Size() int {
	size := 1000 + 500*len(s.Instances)
	for key, value := range s.Features {
		size += 100 + len(key) + len(value)
	}
	return size
}

// with replaces an instance, or adds it.
func (s State) with(instance Instance) State {
	s.Instances = slices.Clone(s.Instances)
	for i := range s.Instances {
		if s.Instances[i].Instance == instance.Instance {
			s.Instances[i] = instance
			return s
		}
	}
	s.Instances = append(s.Instances, instance)
	return s
}

// Fact is an event of a license with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Command changes a license.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a license. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Check refuses with license_not_found, or with license_revoked.
func (s State) Check() error {
	if s.ID == "" {
		return NotFound()
	}
	if s.Revoked {
		return s.Conflict("license_revoked", "the license was revoked, and that is final")
	}
	return nil
}

// CheckKey refuses with license_key_invalid a key that does not open the license any more.
func (s State) CheckKey(id string) error {
	if s.ID != "" && s.KeyID == id {
		return nil
	}
	return &domain.Rejection{Kind: domain.KindStranger, Code: CodeKeyInvalid, Message: KeyRule}
}

const (
	// CodeKeyInvalid refuses whoever has no license key.
	CodeKeyInvalid = "license_key_invalid"
	// KeyRule says which credential is needed.
	KeyRule = "a valid license key is required: Authorization: License <license key>"
)

// Conflict refuses what the state does not allow, and names what it does.
func (s State) Conflict(code, format string, args ...any) *domain.Rejection {
	r := domain.Conflict(code, format, args...)
	r.Actions = s.Actions()
	return r
}

// NotFound refuses what is about a license that there is none of.
func NotFound() error { return domain.NotFound("license_not_found", "there is no such license") }

// sameFeatures compares features, whose values are in one canonical form.
func sameFeatures(a, b map[string]json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		if string(b[key]) != string(value) {
			return false
		}
	}
	return true
}
