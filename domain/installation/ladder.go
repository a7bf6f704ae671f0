package installation

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Ladder tells how much is allowed, by how long ago the license was confirmed.
type Ladder string

const (
	InSync     Ladder = "in_sync"
	Warning    Ladder = "warning"
	Restricted Ladder = "restricted" // nobody gets a seat
	ReadOnly   Ladder = "read_only"  // and the workspace may only look at what it has
)

// Ladders lists all of them.
var Ladders = []Ladder{InSync, Warning, Restricted, ReadOnly}

// The steps of a link, since its last conclusive success.
const (
	day           = 24 * time.Hour
	warnsAfter    = 3 * day
	closesAfter   = 7 * day
	readOnlyAfter = 30 * day
)

// Ladder tells on which step the workspace is at an instant.
func (s State) Ladder(now time.Time) Ladder {
	switch {
	case s.Held != nil && s.Held.ends(now):
		return ReadOnly
	case s.Held != nil && s.Held.Uploaded:
		return step(now, s.Held.FileExpiresAt, s.Held.GraceUntil, s.Held.GraceUntil)
	case !s.Active():
		return InSync
	}
	since := s.Link.BegunAt
	if s.Held != nil {
		since = s.Held.ConfirmedAt
	}
	return step(now, since.Add(warnsAfter), since.Add(closesAfter), since.Add(readOnlyAfter))
}

func step(now, warns, closes, readOnly time.Time) Ladder {
	switch {
	case !now.Before(readOnly):
		return ReadOnly
	case !now.Before(closes):
		return Restricted
	case !now.Before(warns):
		return Warning
	}
	return InSync
}

// ends reports whether the license gives nothing any more at an instant, confirmed or not.
func (h Held) ends(now time.Time) bool {
	return h.Stopped != "" || h.Restricts && h.ExpiresAt != nil && !now.Before(*h.ExpiresAt)
}

// ClosesAt tells from when nobody gets a seat, unless the license is confirmed before.
func (h Held) ClosesAt() time.Time {
	if h.Uploaded {
		return h.GraceUntil
	}
	return h.ConfirmedAt.Add(closesAfter)
}

// ReadOnlyFrom tells from when the workspace may only look at what it has, unless the license is confirmed before.
func (h Held) ReadOnlyFrom() time.Time {
	if h.Uploaded {
		return h.GraceUntil
	}
	return h.ConfirmedAt.Add(readOnlyAfter)
}

// How long after a try the next one is made.
const (
	afterSuccess = day
	afterFailure = time.Hour
)

// DeadlineSync is the kind of all deadlines of this package.
const DeadlineSync = "license_sync"

// NextDeadline tells when the server is to be asked next, or when the next step of an uploaded file is reached.
func (s State) NextDeadline() (at time.Time, ok bool) {
	if s.Active() {
		if s.Link.NextAt == nil {
			return at, false
		}
		return *s.Link.NextAt, true
	}
	if s.Held == nil || !s.Held.Uploaded {
		return at, false
	}
	steps := []time.Time{s.Held.FileExpiresAt, s.Held.GraceUntil}
	if s.Held.Restricts && s.Held.ExpiresAt != nil {
		steps = append(steps, *s.Held.ExpiresAt)
	}
	for _, step := range steps {
		if step.After(s.Held.CheckedAt) && (!ok || step.Before(at)) {
			at, ok = step, true
		}
	}
	return at, ok
}

// Check notes the step of an uploaded file that is reached.
type Check struct{}

// Checked notes that another step of the ladder is reached.
type Checked struct {
	Ladder Ladder    `json:"ladder"`
	At     time.Time `json:"at"`
}

// EventType gives the stored name.
func (Checked) EventType() string { return "installation.checked.v1" }

func (e Checked) evolve(s State) State {
	s.Noted = e.Ladder
	if s.Held == nil {
		return s
	}
	held := *s.Held
	held.CheckedAt = e.At
	s.Held = &held
	return s
}

// stepped notes the step on which the workspace is, unless that is noted.
func (s State) stepped(now time.Time) []Fact {
	if reached := s.Ladder(now); reached != s.Noted && (reached != InSync || s.Noted != "") {
		return []Fact{Checked{Ladder: reached, At: now}}
	}
	return nil
}

// decide never refuses. Nothing is noted before a step is reached.
func (Check) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at, ok := s.NextDeadline(); s.Active() || !ok || at.After(meta.Now) {
		return nil, nil
	}
	return []Fact{Checked{Ladder: s.Ladder(meta.Now), At: meta.Now}}, nil
}
