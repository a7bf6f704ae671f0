package installation

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/licensefile"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("installation", Evolve,
	LinkBegun{}, LinkRefused{}, Confirmed{}, Postponed{}, Stopped{}, TryFailed{}, SyncAsked{}, UnlinkBegun{}, Unlinked{}, Uploaded{}, Checked{},
)

// Stream names the license that a workspace has from elsewhere.
func Stream(workspace string) domain.Stream { return domain.NewStream("installation", workspace) }

// State holds the license that a workspace has from elsewhere. What its pointers and maps lead to is never written to.
type State struct {
	Link *Link `json:"link"` // the latest, also one that has ended
	Held *Held `json:"held"` // the license that is the workspace's plan
	// Seen has the highest sequence of each license, and SeenAt the latest time at which a file was believed.
	Seen   map[string]int64 `json:"seen"`
	SeenAt time.Time        `json:"seen_at"`
	// Noted is the step of the ladder that was noted last; "" for [InSync].
	Noted Ladder `json:"noted"`
}

// License holds what a file says that the seller allows.
type License struct {
	ID            string                     `json:"id"`
	Issuer        string                     `json:"issuer"`
	Product       string                     `json:"product"`
	Seats         int64                      `json:"seats"`
	Features      map[string]json.RawMessage `json:"features"`
	Sequence      int64                      `json:"sequence"`
	Instance      string                     `json:"instance"`
	IssuedAt      time.Time                  `json:"issued_at"`
	ExpiresAt     *time.Time                 `json:"expires_at"`
	Restricts     bool                       `json:"restricts"` // once it has expired the workspace may only look at what it has
	FileExpiresAt time.Time                  `json:"file_expires_at"`
	GraceUntil    time.Time                  `json:"grace_until"`
}

func licenseOf(p licensefile.Payload) License {
	return License{
		ID: p.ID, Issuer: p.Issuer, Product: p.Product, Seats: p.Seats, Features: p.Features, Sequence: p.Sequence, Instance: p.Instance,
		IssuedAt: p.IssuedAt, ExpiresAt: p.ExpiresAt, Restricts: p.Expiry == licensefile.ExpiryRestrict, FileExpiresAt: p.FileExpiresAt,
		GraceUntil: p.GraceUntil,
	}
}

// Held is the license that is the workspace's plan.
type Held struct {
	License
	Since       time.Time `json:"since"`        // the license is the plan
	ConfirmedAt time.Time `json:"confirmed_at"` // by the server, or by a file
	Uploaded    bool      `json:"uploaded"`     // the file came from a person, and nobody is asked for another
	Stopped     string    `json:"stopped"`      // the server's code of why it gives nothing any more; "" for none
	CheckedAt   time.Time `json:"checked_at"`   // when the steps of an uploaded file were looked at last
}

// LinkState tells how far a link is.
type LinkState string

const (
	Linking      LinkState = "linking"              // the server was not reached yet
	PendingApply LinkState = "linked_pending_apply" // agreed there, and not applied here
	Linked       LinkState = "linked"
	Unlinking    LinkState = "unlinking" // ended here, and the server does not know yet
	Free         LinkState = "unlinked"
)

// LinkStates lists all of them.
var LinkStates = []LinkState{Free, Linking, PendingApply, Linked, Unlinking}

// Link connects a workspace with a license at a server. Its id names the sealed key.
type Link struct {
	ID        string     `json:"id"`
	State     LinkState  `json:"state"`
	Server    string     `json:"server"`
	Instance  string     `json:"instance"`
	BegunAt   time.Time  `json:"begun_at"`
	Sequence  int64      `json:"sequence"`   // of the license, as far as it is known
	SuccessAt *time.Time `json:"success_at"` // the last that was conclusive
	Tries     int64      `json:"tries"`      // that have an answer recorded
	InVain    int        `json:"in_vain"`    // of them, since one succeeded
	FailsFrom *time.Time `json:"fails_from"` // the first of those
	LastTry   *Try       `json:"last_try"`
	NextAt    *time.Time `json:"next_at"` // nil where nothing is to be done
	Error     *Problem   `json:"error"`
}

// Try tells how an attempt to reach the server went.
type Try struct {
	At         time.Time `json:"at"`
	Conclusive bool      `json:"conclusive"`
	Code       string    `json:"code"`
}

// Problem says why something is not as it should be.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Active reports whether there is a link that has not ended.
func (s State) Active() bool { return s.Link != nil && s.Link.State != Free }

// Size estimates the bytes of the state.
func (s State) Size() int {
	size := 400 + 100*len(s.Seen)
	if s.Link != nil {
		size += 500
	}
	if s.Held != nil {
		size += 500
		for key, value := range s.Held.Features {
			size += 100 + len(key) + len(value)
		}
	}
	return size
}

// Fact is an event of the license with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Command changes the license that a workspace has from elsewhere.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// seeing notes that a sequence of a license was seen.
func (s State) seeing(license string, sequence int64) State {
	if license == "" || sequence <= s.Seen[license] {
		return s
	}
	seen := make(map[string]int64, len(s.Seen)+1)
	maps.Copy(seen, s.Seen)
	seen[license] = sequence
	s.Seen = seen
	return s
}

// holding makes a license the workspace's plan, as it is from an instant on.
func (s State) holding(l License, at time.Time, uploaded bool) State {
	held := Held{License: l, Since: at, ConfirmedAt: at, CheckedAt: at, Uploaded: uploaded}
	if s.Held != nil && s.Held.ID == l.ID {
		held.Since = s.Held.Since
	}
	s.Held, s.Noted = &held, ""
	if at.After(s.SeenAt) {
		s.SeenAt = at
	}
	return s.seeing(l.ID, l.Sequence)
}

// linkedBy changes a copy of the link.
func (s State) linkedBy(change func(*Link)) State {
	if s.Link == nil {
		return s
	}
	link := *s.Link
	change(&link)
	s.Link = &link
	return s
}
