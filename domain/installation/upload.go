package installation

import (
	"reflect"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Upload makes the license of a file the workspace's plan. Instance is "" where every one is taken. Subscribed and Licensed are as in
// [BeginLink].
type Upload struct {
	Verify
	Instance   string
	Subscribed bool
	Licensed   bool
}

// Uploaded makes the license of a file the workspace's plan.
type Uploaded struct {
	License License   `json:"license"`
	At      time.Time `json:"at"`
}

// EventType gives the stored name.
func (Uploaded) EventType() string { return "installation.uploaded.v1" }

func (e Uploaded) evolve(s State) State { return s.holding(e.License, e.At, true) }

// decide refuses with license_linked, subscription_active, license_active, or with license_file_refused and the verdict as reason. The
// file that is there already changes nothing.
func (c Upload) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch {
	case s.Active():
		conflict := domain.Conflict("license_linked", "the workspace is linked with a license: unlink it before a file is uploaded")
		conflict.Actions = []string{ActionUnlink, ActionSync}
		return nil, conflict
	case c.Subscribed:
		return nil, domain.Conflict("subscription_active", "the workspace has a subscription, which ends before a license can be its plan")
	case c.Licensed:
		return nil, domain.Conflict("license_active", "a license of this ledger is the workspace's plan")
	}
	result := c.by(s, c.Instance, meta.Now)
	if !result.Verdict.Accepted() {
		return nil, domain.InvalidField("/file", CodeFileRefused, "the license file is refused: %s", result.Detail).With("reason", string(result.Verdict))
	}
	license := licenseOf(*result.Payload)
	if s.Held != nil && s.Held.Uploaded && reflect.DeepEqual(s.Held.License, license) {
		return nil, nil
	}
	return []Fact{Uploaded{License: license, At: meta.Now}}, nil
}
