package installation

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var errIncomplete = errors.New("a link needs an id, a server and an instance")

// BeginLink has the server asked for the license of a key. Subscribed tells that a subscription runs in the workspace, and Licensed
// that a license of this ledger is its plan.
type BeginLink struct {
	ID         string
	Server     string
	Instance   string
	Subscribed bool
	Licensed   bool
}

// LinkBegun has the server asked for the license of a key, which stands sealed under the link's id.
type LinkBegun struct {
	ID       string    `json:"id"`
	Server   string    `json:"server"`
	Instance string    `json:"instance"`
	At       time.Time `json:"at"`
}

// EventType gives the stored name.
func (LinkBegun) EventType() string { return "installation.link_begun.v1" }

func (e LinkBegun) evolve(s State) State {
	s.Link = &Link{ID: e.ID, State: Linking, Server: e.Server, Instance: e.Instance, BegunAt: e.At, NextAt: &e.At}
	return s
}

// decide refuses with license_linked, subscription_active or license_active.
func (c BeginLink) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch {
	case c.ID == "" || c.Server == "" || c.Instance == "":
		return nil, errIncomplete
	case s.Active():
		conflict := domain.Conflict("license_linked", "the workspace is linked with a license already: its link is %s", s.Link.State)
		conflict.Actions = []string{ActionUnlink}
		return nil, conflict
	case c.Subscribed:
		return nil, domain.Conflict("subscription_active", "the workspace has a subscription, which ends before a license can be its plan")
	case c.Licensed:
		return nil, domain.Conflict("license_active", "a license of this ledger is the workspace's plan")
	}
	return []Fact{LinkBegun{ID: c.ID, Server: c.Server, Instance: c.Instance, At: meta.Now}}, nil
}

// Actions that a client may take on a link, by the names that clients see.
const (
	ActionLink   = "link_license"
	ActionUnlink = "unlink_license"
	ActionSync   = "sync_license"
)

// Actions lists all of them.
var Actions = []string{ActionLink, ActionUnlink, ActionSync}

// LinkRefused ends a link that the server does not agree to.
type LinkRefused struct {
	ID     string    `json:"id"`
	Code   string    `json:"code"` // the server's
	Detail string    `json:"detail"`
	At     time.Time `json:"at"`
}

// EventType gives the stored name.
func (LinkRefused) EventType() string { return "installation.link_refused.v1" }

func (e LinkRefused) evolve(s State) State {
	return s.linkedBy(func(l *Link) {
		l.State, l.NextAt, l.Error = Free, nil, &Problem{Code: e.Code, Detail: e.Detail}
		l.tried(e.At, true, e.Code)
	})
}

// tried notes an attempt.
func (l *Link) tried(at time.Time, conclusive bool, code string) {
	l.Tries++
	l.LastTry = &Try{At: at, Conclusive: conclusive, Code: code}
}

// failed notes an attempt in vain, and when the next one is made.
func (l *Link) failed(at time.Time, conclusive bool, code, detail string) {
	l.tried(at, conclusive, code)
	l.InVain++
	if l.FailsFrom == nil {
		l.FailsFrom = &at
	}
	l.NextAt, l.Error = new(at.Add(afterFailure)), &Problem{Code: code, Detail: detail}
}

// succeeded notes an attempt that the server answered for good, and when the next one is made.
func (l *Link) succeeded(at time.Time, code string) {
	l.tried(at, true, code)
	l.InVain, l.FailsFrom, l.Error = 0, nil, nil
	l.NextAt = new(at.Add(afterSuccess))
}

// BeginUnlink ends the license here, and has the server told. That of an uploaded file ends at once.
type BeginUnlink struct{}

// UnlinkBegun ends the license here, and has the server told.
type UnlinkBegun struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// EventType gives the stored name.
func (UnlinkBegun) EventType() string { return "installation.unlink_begun.v1" }

func (e UnlinkBegun) evolve(s State) State {
	s.Held, s.Noted = nil, ""
	return s.linkedBy(func(l *Link) {
		l.State, l.NextAt, l.Error, l.InVain, l.FailsFrom = Unlinking, &e.At, nil, 0, nil
	})
}

// Unlinked ends a link, of which the server knows; without an id it ends an uploaded file.
type Unlinked struct {
	ID   string    `json:"id"`
	Code string    `json:"code"` // the server's, or "" for none
	At   time.Time `json:"at"`
}

// EventType gives the stored name.
func (Unlinked) EventType() string { return "installation.unlinked.v1" }

func (e Unlinked) evolve(s State) State {
	s.Held, s.Noted = nil, ""
	if e.ID == "" {
		return s
	}
	return s.linkedBy(func(l *Link) {
		l.State, l.NextAt, l.Error, l.InVain, l.FailsFrom = Free, nil, nil, 0, nil
		l.tried(e.At, true, e.Code)
	})
}

// decide refuses with license_not_linked. A link that ends already stays as it is.
func (BeginUnlink) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch {
	case s.Active() && s.Link.State == Unlinking:
		return nil, nil
	case s.Active():
		return []Fact{UnlinkBegun{ID: s.Link.ID, At: meta.Now}}, nil
	case s.Held != nil:
		return []Fact{Unlinked{At: meta.Now}}, nil
	}
	return nil, notLinked()
}

func notLinked() error {
	conflict := domain.Conflict("license_not_linked", "the workspace is not linked with a license")
	conflict.Actions = []string{ActionLink}
	return conflict
}

// FinishUnlink notes that the server knows of the end of a link, or can't be told.
type FinishUnlink struct {
	ID   string
	Code string
}

// decide never refuses.
func (c FinishUnlink) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.Active() || s.Link.ID != c.ID || s.Link.State != Unlinking {
		return nil, nil
	}
	return []Fact{Unlinked{ID: c.ID, Code: c.Code, At: meta.Now}}, nil
}

// AskSync has the server asked at once.
type AskSync struct{}

// SyncAsked has the server asked at once.
type SyncAsked struct {
	At time.Time `json:"at"`
}

// EventType gives the stored name.
func (SyncAsked) EventType() string { return "installation.sync_asked.v1" }

func (e SyncAsked) evolve(s State) State { return s.linkedBy(func(l *Link) { l.NextAt = &e.At }) }

// decide refuses with license_not_linked. What is due already stays so.
func (AskSync) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.Active() {
		return nil, notLinked()
	}
	if s.Link.NextAt != nil && !s.Link.NextAt.After(meta.Now) {
		return nil, nil
	}
	return []Fact{SyncAsked{At: meta.Now}}, nil
}
