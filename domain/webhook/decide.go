package webhook

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Bounds, in characters where nothing else is said.
const (
	urlMax         = 2000
	descriptionMax = 500
	reasonMax      = 500
	typesMax       = 100
	// rotationTime is the time for which the secret before a rotation signs too.
	rotationTime = 24 * time.Hour
)

var errIncomplete = errors.New("a command on a webhook endpoint lacks an id or a secret")

// Command asks for something of one endpoint. Ids are made at the edge, which judges the URL, too.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on an endpoint. It refuses with a *[domain.Rejection] whose codes stand at the rules, and with
// webhook_endpoint_not_found.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) {
	if _, creates := c.(Create); !creates && !s.Exists() {
		return nil, NotFound()
	}
	return c.decide(s, meta)
}

// NotFound refuses what is asked of an endpoint that is not there.
func NotFound() *domain.Rejection {
	return domain.NotFound("webhook_endpoint_not_found", "there is no such webhook endpoint")
}

// Create makes an endpoint. No types mean all.
type Create struct {
	ID, Secret string
	Settings
}

// decide refuses with the fields of Settings.
func (c Create) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID != "" || c.ID == "" || c.Secret == "" {
		return nil, errIncomplete
	}
	settings, err := c.check()
	return []Fact{Created{ID: c.ID, Settings: settings, Secret: c.Secret, CreatedAt: meta.Now}}, err
}

// check gives the settings with their defaults. It refuses with url_invalid, type_unknown, types_invalid and description_invalid.
func (s Settings) check() (Settings, error) {
	s = s.clone()
	if len(s.Types) == 0 {
		s.Types = []string{every}
	}
	var check domain.Check
	check.Text("/url", "url_invalid", s.URL, 1, urlMax)
	check.Require(s.Description == "" || domain.IsLine(s.Description, descriptionMax), "/description", "description_invalid",
		"description must be one line of at most %d characters, and not blank", descriptionMax)
	if check.Require(len(s.Types) <= typesMax, "/types", "types_invalid", "types must be at most %d", typesMax) {
		requireTypes(&check, s.Types)
	}
	return s, check.Rejection()
}

// requireTypes refuses with type_unknown.
func requireTypes(check *domain.Check, patterns []string) {
	for i, pattern := range patterns {
		check.Require(known(pattern), domain.Pointer("types", i), "type_unknown",
			`a type must be one of the documented ones, such as "invoice.paid", or "invoice.*", or "*"`)
	}
}

// Change replaces the settings; Status, where it is given, enables or disables.
type Change struct {
	Settings
	Status *Status
}

// decide refuses with the fields of Settings and status_invalid.
func (c Change) decide(s State, _ domain.Meta) (facts []Fact, err error) {
	settings, err := c.check()
	var check domain.Check
	if err != nil {
		check.Add(err)
	}
	status := domain.Or(c.Status, s.Status)
	check.Require(slices.Contains(Statuses, status), "/status", "status_invalid", "status must be enabled or disabled")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if settings.URL != s.URL || settings.Description != s.Description || !slices.Equal(settings.Types, s.Types) {
		facts = append(facts, Changed{settings})
	}
	switch {
	case status == s.Status:
	case status == StatusEnabled:
		facts = append(facts, Enabled{})
	default:
		facts = append(facts, Disabled{Reason: ReasonManual})
	}
	return facts, nil
}

// Disable stops the endpoint because of what it answers. Nothing comes of it where the endpoint is stopped already.
type Disable struct{ Reason Reason }

func (c Disable) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.Status != StatusEnabled {
		return nil, nil
	}
	return []Fact{Disabled(c)}, nil
}

// RotateSecret lets another secret sign.
type RotateSecret struct{ Secret string }

func (c RotateSecret) decide(_ State, meta domain.Meta) ([]Fact, error) {
	if c.Secret == "" {
		return nil, errIncomplete
	}
	return []Fact{SecretRotated{Secret: c.Secret, PreviousExpiresAt: meta.Now.Add(rotationTime)}}, nil
}

// Test sends the endpoint news of the type webhook.test, whatever types it hears.
type Test struct{}

// decide refuses with endpoint_disabled.
func (Test) decide(s State, _ domain.Meta) ([]Fact, error) {
	return []Fact{Tested{ID: s.ID}}, s.checkEnabled()
}

func (s State) checkEnabled() error {
	if s.Status != StatusEnabled {
		return domain.Conflict("endpoint_disabled", "the endpoint is disabled, so it is sent nothing; enable it first")
	}
	return nil
}

// Replay lets what the endpoint heard of some positions be sent again. Last is the position of the ledger's newest event.
type Replay struct {
	From, To int64
	Types    []string // none choose all
	Last     int64
}

// CheckReplay refuses positions that no ledger has: from_invalid and to_invalid. To is nil for the newest.
func CheckReplay(from int64, to *int64) error {
	var check domain.Check
	check.Require(from >= 1, "/from", "from_invalid", "from must be a position of the ledger, 1 or more")
	check.Require(to == nil || *to >= max(from, 1), "/to", "to_invalid", "to must not be less than from")
	return check.Rejection()
}

// decide refuses with endpoint_disabled, and its fields: from_invalid, to_invalid and type_unknown.
func (c Replay) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkEnabled(); err != nil {
		return nil, err
	}
	var check domain.Check
	check.Require(c.From >= 1 && c.From <= c.Last, "/from", "from_invalid", "from must be a position of the ledger, 1 to %d", c.Last)
	check.Require(c.To >= c.From, "/to", "to_invalid", "to must not be less than from")
	requireTypes(&check, c.Types)
	return []Fact{Replayed{From: c.From, To: min(c.To, c.Last), Types: c.Types}}, check.Rejection()
}

// Redeliver lets deliveries be sent again, by the positions of their events.
type Redeliver struct{ Positions []int64 }

// decide refuses with endpoint_disabled.
func (c Redeliver) decide(s State, _ domain.Meta) (facts []Fact, _ error) {
	for _, position := range c.Positions {
		facts = append(facts, Redelivered{Position: position})
	}
	return facts, s.checkEnabled()
}

// Park keeps one delivery from being tried, by the position of its event.
type Park struct {
	Position int64
	Reason   string
}

// decide refuses with endpoint_disabled and reason_invalid.
func (c Park) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkEnabled(); err != nil {
		return nil, err
	}
	var check domain.Check
	check.Text("/reason", "reason_invalid", c.Reason, 1, reasonMax)
	return []Fact{Parked(c)}, check.Rejection()
}

// Delete ends the endpoint for good.
type Delete struct{}

func (Delete) decide(State, domain.Meta) ([]Fact, error) { return []Fact{Deleted{}}, nil }
