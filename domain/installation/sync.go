package installation

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/licensefile"
)

// Attempt names the attempt that an answer is of: a link, and how many answers it had before. An answer to an older one changes nothing.
type Attempt struct {
	Link   string
	Tries  int64
	Server string // that was asked; "" where it is the link's
}

func (a Attempt) of(s State) bool {
	return s.Active() && s.Link.ID == a.Link && s.Link.Tries == a.Tries
}

// Fail notes that the server gave no license: conclusively, or because it could not be asked.
type Fail struct {
	Attempt
	Code       string
	Detail     string
	Conclusive bool
}

// TryFailed notes an attempt in vain.
type TryFailed struct {
	ID         string    `json:"id"`
	Code       string    `json:"code"`
	Detail     string    `json:"detail"`
	Conclusive bool      `json:"conclusive"`
	At         time.Time `json:"at"`
}

// EventType gives the stored name.
func (TryFailed) EventType() string { return "installation.try_failed.v1" }

func (e TryFailed) evolve(s State) State {
	return s.linkedBy(func(l *Link) { l.failed(e.At, e.Conclusive, e.Code, e.Detail) })
}

// decide never refuses. A link that was not agreed to ends with a conclusive answer.
func (c Fail) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch {
	case !c.of(s):
		return nil, nil
	case s.Link.State == Linking && c.Conclusive:
		return []Fact{LinkRefused{ID: c.Link, Code: c.Code, Detail: c.Detail, At: meta.Now}}, nil
	}
	failed := TryFailed{ID: c.Link, Code: c.Code, Detail: c.Detail, Conclusive: c.Conclusive, At: meta.Now}
	return append([]Fact{failed}, s.stepped(meta.Now)...), nil
}

// Stop notes that the server says that the license gives nothing any more. License and Sequence are those that it named, if any.
type Stop struct {
	Attempt
	Code     string
	Detail   string
	License  string
	Sequence int64
}

// Stopped takes from the workspace all but looking at what it has. No file from before is believed any more.
type Stopped struct {
	ID       string    `json:"id"`
	Code     string    `json:"code"`
	Detail   string    `json:"detail"`
	License  string    `json:"license"`
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
}

// EventType gives the stored name.
func (Stopped) EventType() string { return "installation.stopped.v1" }

func (e Stopped) evolve(s State) State {
	if s.Held != nil {
		held := *s.Held
		held.Stopped = e.Code
		s.Held = &held
	}
	s = s.seeing(e.License, e.Sequence)
	return s.linkedBy(func(l *Link) {
		l.succeeded(e.At, e.Code)
		l.Sequence = max(l.Sequence, e.Sequence)
		l.Error = &Problem{Code: e.Code, Detail: e.Detail}
	})
}

// decide never refuses.
func (c Stop) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !c.of(s) || s.Link.State == Linking {
		return Fail{Attempt: c.Attempt, Code: c.Code, Detail: c.Detail, Conclusive: true}.decide(s, meta)
	}
	license, sequence := c.License, c.Sequence
	if s.Held != nil && license == "" { // each suspension and each revocation has a sequence of its own
		license, sequence = s.Held.ID, s.Held.Sequence+1
	}
	return []Fact{Stopped{ID: c.Link, Code: c.Code, Detail: c.Detail, License: license, Sequence: sequence, At: meta.Now}}, nil
}

// Verify tells who asks what a file says.
type Verify struct {
	File        []byte
	Trust       licensefile.Trust
	Workspace   string
	Fingerprint string
}

// by judges a file by what was seen of its license before.
func (v Verify) by(s State, instance string, now time.Time) licensefile.Result {
	seen := licensefile.Seen{At: s.SeenAt}
	if _, payload, err := licensefile.Inspect(v.File); err == nil {
		seen.Sequence = s.Seen[payload.ID]
	}
	return v.Trust.Verify(v.File, licensefile.Query{
		Workspace: v.Workspace, Instance: instance, Fingerprint: v.Fingerprint, Now: now, Seen: seen,
	})
}

// moved names the server that was asked, where the link does not know it yet; it is "" where it does.
func (a Attempt) moved(s State) string {
	if a.Server == s.Link.Server {
		return ""
	}
	return a.Server
}

// Confirm takes the file that the server gave. Code is the server's. Blocked says why the license can't be the plan here; nil where it can.
type Confirm struct {
	Attempt
	Verify
	Code    string
	Blocked *Problem
}

// Confirmed makes the license the workspace's plan, as it is from now on.
type Confirmed struct {
	ID      string    `json:"id"`
	Code    string    `json:"code"`
	License License   `json:"license"`
	Server  string    `json:"server,omitempty"` // that the seller has moved to; "" where it has not
	At      time.Time `json:"at"`
}

// EventType gives the stored name.
func (Confirmed) EventType() string { return "installation.confirmed.v1" }

func (e Confirmed) evolve(s State) State {
	s = s.holding(e.License, e.At, false)
	return s.linkedBy(func(l *Link) {
		l.succeeded(e.At, e.Code)
		l.State, l.SuccessAt, l.Sequence = Linked, &e.At, e.License.Sequence
		if e.Server != "" {
			l.Server = e.Server
		}
		if ends := e.License.ExpiresAt; e.License.Restricts && ends != nil && ends.After(e.At) && ends.Before(*l.NextAt) {
			l.NextAt = ends
		}
	})
}

// Postponed notes what the server agreed to, and why it is not applied here yet.
type Postponed struct {
	ID       string    `json:"id"`
	Code     string    `json:"code"` // the server's
	Error    Problem   `json:"error"`
	License  string    `json:"license"` // "" where the file is not believed
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
}

// EventType gives the stored name.
func (Postponed) EventType() string { return "installation.postponed.v1" }

func (e Postponed) evolve(s State) State {
	s = s.seeing(e.License, e.Sequence)
	return s.linkedBy(func(l *Link) {
		l.failed(e.At, true, e.Error.Code, e.Error.Detail)
		l.LastTry.Code = e.Code
		l.State, l.Sequence = PendingApply, max(l.Sequence, e.Sequence)
	})
}

// CodeFileRefused says that a file is not believed.
const CodeFileRefused = "license_file_refused"

// decide never refuses.
func (c Confirm) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !c.of(s) || s.Link.State == Unlinking {
		return nil, nil
	}
	result := c.by(s, s.Link.Instance, meta.Now)
	switch {
	case result.Verdict == licensefile.LicenseExpired:
		return Stop{
			Attempt: c.Attempt, Code: CodeExpired, Detail: result.Detail, License: result.Payload.ID, Sequence: result.Payload.Sequence,
		}.decide(s, meta)
	case !result.Verdict.Accepted() && s.Link.State == Linked:
		return Fail{Attempt: c.Attempt, Code: string(result.Verdict), Detail: result.Detail, Conclusive: true}.decide(s, meta)
	case !result.Verdict.Accepted():
		problem := Problem{Code: CodeFileRefused, Detail: string(result.Verdict) + ": " + result.Detail}
		return []Fact{Postponed{ID: c.Link, Code: c.Code, Error: problem, At: meta.Now}}, nil
	case c.Blocked != nil && s.Link.State != Linked:
		return []Fact{Postponed{
			ID: c.Link, Code: c.Code, Error: *c.Blocked, License: result.Payload.ID, Sequence: result.Payload.Sequence, At: meta.Now,
		}}, nil
	}
	return []Fact{Confirmed{ID: c.Link, Code: c.Code, License: licenseOf(*result.Payload), Server: c.moved(s), At: meta.Now}}, nil
}

// Codes of servers by which a license gives nothing any more.
const (
	CodeRevoked   = "REVOKED"
	CodeSuspended = "SUSPENDED"
	CodeExpired   = "EXPIRED"
)
