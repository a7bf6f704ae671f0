package billingsync

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the stream of this package.
var Type = domain.NewStreamType[Fact]("billing_sync", Evolve, Ran{}, Deferred{}, Hurried{})

// Stream names the one stream of a ledger.
func Stream() domain.Stream { return domain.NewStream("billing_sync", "nightly") }

// Deadline is the kind of its deadlines.
const Deadline = "billing_sync"

// Codes of why a ledger has still to be compared.
const (
	CodeDifferences = "differences_found" // and not repaired
	CodeUnreachable = "gateway_unreachable"
)

// State tells how the latest comparison went. NextAt is zero before the first one.
type State struct {
	RanAt       time.Time `json:"ran_at"`
	Checked     int       `json:"checked"`
	Differences int       `json:"differences"`
	Since       time.Time `json:"since,omitzero"` // when there was trouble first that is there still
	Tries       int       `json:"tries,omitzero"` // in vain, since then
	Code        string    `json:"code,omitempty"` // of why
	NextAt      time.Time `json:"next_at"`
}

// Size estimates the bytes of the state.
func (State) Size() int { return 200 }

// NextDeadline tells when the ledger is compared next; ok is false before the first time.
func (s State) NextDeadline() (kind string, at time.Time, ok bool) {
	return Deadline, s.NextAt, !s.NextAt.IsZero()
}

// patience bounds for how long nobody need know that a gateway can't be reached.
const patience = 24 * time.Hour

// Troubled reports whether something is there that a person should know: differences, or a gateway that is away for a whole day.
func (s State) Troubled() bool {
	return s.Code == CodeDifferences || s.Code != "" && s.NextAt.Sub(s.Since) >= patience
}

// nightHour is the hour of the night, in UTC.
const nightHour = 2

// Night gives the first night after an instant.
func Night(after time.Time) time.Time {
	after = after.UTC()
	night := time.Date(after.Year(), after.Month(), after.Day(), nightHour, 0, 0, 0, time.UTC)
	if !night.After(after) {
		night = night.AddDate(0, 0, 1)
	}
	return night
}

// Fact is an event of the comparisons with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
