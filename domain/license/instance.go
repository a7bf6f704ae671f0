package license

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Seen tells what was heard of instances last, by their names. One that is missing was heard of at its activation.
type Seen map[string]Sighting

// Sighting tells when an instance was heard of, and how many users it reported last; nil for never.
type Sighting struct {
	At    time.Time
	Users *int64
}

// Users gives the most users that a live instance reported, nil where none did.
func (s State) Users(seen Seen) *int64 {
	var most *int64
	for _, instance := range s.Instances {
		if users := seen[instance.Instance].Users; users != nil && !instance.Dead && (most == nil || *users > *most) {
			most = users
		}
	}
	return most
}

// LastSeen tells when an instance was heard of last.
func (i Instance) LastSeen(seen Seen) time.Time {
	if last := seen[i.Instance].At; last.After(i.ActivatedAt) {
		return last
	}
	return i.ActivatedAt
}

// deaths tells of the instances that have died by an instant and are not known to be dead.
func (s State) deaths(seen Seen, now time.Time) []Fact {
	var facts []Fact
	for _, instance := range s.Instances {
		if at, dies := s.DiesAt(instance.LastSeen(seen)); dies && !instance.Dead && !now.Before(at) {
			facts = append(facts, InstanceDied{Instance: instance.Instance, At: at})
		}
	}
	return facts
}

// At gives the state with the instances dead that have died by an instant.
func (s State) At(seen Seen, now time.Time) State {
	for _, fact := range s.deaths(seen, now) {
		s = fact.evolve(s)
	}
	return s
}

// counted counts the instances that take a place.
func (s State) counted() int64 {
	var n int64
	for _, instance := range s.Instances {
		if !instance.Dead || s.DeadInstances == DeadKeep {
			n++
		}
	}
	return n
}

// InstanceDied tells that nothing was heard of an instance for too long.
type InstanceDied struct {
	Instance string    `json:"instance"`
	At       time.Time `json:"at"`
}

// EventType gives the stored name.
func (InstanceDied) EventType() string { return "license.instance_died.v1" }

func (e InstanceDied) evolve(s State) State {
	instance, found := s.Instance(e.Instance)
	if !found {
		return s
	}
	instance.Dead = true
	return s.with(instance)
}

// InstanceReturned tells that a dead instance was heard of again.
type InstanceReturned struct {
	Instance string    `json:"instance"`
	At       time.Time `json:"at"`
}

// EventType gives the stored name.
func (InstanceReturned) EventType() string { return "license.instance_returned.v1" }

func (e InstanceReturned) evolve(s State) State {
	instance, found := s.Instance(e.Instance)
	if !found {
		return s
	}
	instance.Dead = false
	return s.with(instance)
}

// Activate lets an installation use the license. A fingerprint that is there keeps its first name. Seen tells when instances were
// heard of.
type Activate struct {
	Instance    string
	Fingerprint string
	Workspace   *string
	Seen        Seen
}

// Activated lets an installation use the license.
type Activated struct {
	Instance    string    `json:"instance"`
	Fingerprint string    `json:"fingerprint"`
	Workspace   *string   `json:"workspace"` // of the installation
	ActivatedAt time.Time `json:"activated_at"`
}

// EventType gives the stored name.
func (Activated) EventType() string { return "license.activated.v1" }

func (e Activated) evolve(s State) State { return s.with(Instance{Activated: e}) }

const fingerprintMax = 255

// ByFingerprint finds an instance by its fingerprint.
func (s State) ByFingerprint(fingerprint string) (Instance, bool) {
	i := slices.IndexFunc(s.Instances, func(i Instance) bool { return i.Fingerprint == fingerprint })
	if i < 0 {
		return Instance{}, false
	}
	return s.Instances[i], true
}

// decide refuses with license_not_found, name_invalid, fingerprint_invalid, fingerprint_mismatch or activation_limit_reached, and
// what [State.CheckUsable] refuses.
func (c Activate) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.CheckUsable(meta.Now); err != nil {
		return nil, err
	}
	var check domain.Check
	check.Name("/instance", c.Instance)
	check.Require(domain.IsLine(c.Fingerprint, fingerprintMax), "/fingerprint", "fingerprint_invalid",
		"fingerprint must be one line of at most %d characters, and not blank", fingerprintMax)
	if c.Workspace != nil {
		check.Name("/workspace", *c.Workspace)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	facts := s.deaths(c.Seen, meta.Now)
	for _, fact := range facts {
		s = fact.evolve(s)
	}
	if there, known := s.ByFingerprint(c.Fingerprint); known {
		return s.returnEvents(facts, there, meta.Now)
	}
	if _, taken := s.Instance(c.Instance); taken {
		return nil, s.Conflict("fingerprint_mismatch", "the instance %s is there with another fingerprint", c.Instance)
	}
	if s.counted() >= s.MaxInstances {
		return nil, s.limitReached()
	}
	return append(facts, Activated{Instance: c.Instance, Fingerprint: c.Fingerprint, Workspace: c.Workspace, ActivatedAt: meta.Now}), nil
}

func (s State) limitReached() error {
	return s.Conflict("activation_limit_reached", "the license allows %d instances, and so many there are", s.MaxInstances).
		With("max_instances", s.MaxInstances)
}

// CheckUsable refuses with license_not_found, and what is not usable now with license_revoked, license_suspended or license_expired.
func (s State) CheckUsable(now time.Time) error {
	switch {
	case s.ID == "":
		return NotFound()
	case s.Revoked:
		return forbidden("license_revoked", "the license was revoked")
	case s.Suspended:
		return forbidden("license_suspended", "the license is suspended")
	case s.Expired(now) && s.Expiry == ExpiryRestrict:
		return forbidden("license_expired", "the license has expired")
	}
	return nil
}

func forbidden(code, text string) error {
	return &domain.Rejection{Kind: domain.KindForbidden, Code: code, Message: text}
}

// Deactivate lets an installation use the license no more.
type Deactivate struct{ Instance string }

// Deactivated lets an installation use the license no more.
type Deactivated struct {
	Instance string `json:"instance"`
}

// EventType gives the stored name.
func (Deactivated) EventType() string { return "license.deactivated.v1" }

func (e Deactivated) evolve(s State) State {
	s.Instances = slices.DeleteFunc(slices.Clone(s.Instances), func(i Instance) bool { return i.Instance == e.Instance })
	return s
}

// decide refuses with license_not_found or instance_not_found.
func (c Deactivate) decide(s State, _ domain.Meta) ([]Fact, error) {
	if _, err := s.mustHave(c.Instance); err != nil {
		return nil, err
	}
	return []Fact{Deactivated(c)}, nil
}

// Die notes that an instance died at an instant, since nothing was heard of it.
type Die struct {
	Instance string
	At       time.Time
}

// decide changes nothing where the instance is dead or gone, or was activated later. It never refuses.
func (c Die) decide(s State, meta domain.Meta) ([]Fact, error) {
	instance, found := s.Instance(c.Instance)
	if !found || instance.Dead || c.At.After(meta.Now) || c.At.Before(instance.ActivatedAt) {
		return nil, nil
	}
	return []Fact{InstanceDied(c)}, nil
}

// Hear notes that an instance is alive, where it had died or is to die by now. Seen tells when instances were heard of before.
type Hear struct {
	Instance string
	Seen     Seen
}

// decide refuses with license_not_found, instance_not_found, or activation_limit_reached where its place was taken.
func (c Hear) decide(s State, meta domain.Meta) ([]Fact, error) {
	if _, err := s.mustHave(c.Instance); err != nil {
		return nil, err
	}
	facts := s.deaths(c.Seen, meta.Now)
	for _, fact := range facts {
		s = fact.evolve(s)
	}
	there, _ := s.Instance(c.Instance)
	return s.returnEvents(facts, there, meta.Now)
}

// returnEvents lets an instance return if it is dead. It refuses with activation_limit_reached where its place was taken.
func (s State) returnEvents(facts []Fact, there Instance, now time.Time) ([]Fact, error) {
	switch {
	case !there.Dead:
		return facts, nil
	case s.DeadInstances == DeadRelease && s.counted() >= s.MaxInstances:
		return nil, s.limitReached()
	}
	return append(facts, InstanceReturned{Instance: there.Instance, At: now}), nil
}

// mustHave finds an instance. It refuses with license_not_found or instance_not_found.
func (s State) mustHave(name string) (Instance, error) {
	if s.ID == "" {
		return Instance{}, NotFound()
	}
	instance, found := s.Instance(name)
	if !found {
		return Instance{}, domain.NotFound("instance_not_found", "the license has no instance %q", name)
	}
	return instance, nil
}
