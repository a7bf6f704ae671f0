package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// Projection turns events into the rows of one read model.
type Projection struct {
	Name string
	// Revision rises with every change of the tables or of what Apply writes. Queries wait until a version of it is ready.
	Revision int
	// Formerly is the name that an earlier release stored the read model under, "" where it had none.
	Formerly string
	// Tables holds the SQL that creates the tables in the first schema of the search path, with comments on all of them and on
	// their columns. In a comment {schema} stands for the name of that schema.
	Tables string
	// Auditors lets auditors read the tables by SQL. They may hold no personal data then, and no secret.
	Auditors bool
	// Reads lists the types of streams whose events Apply gets. An event of such a stream that this program does not
	// know stops the projection instead of being missed. Events of other streams pass unseen.
	Reads []domain.StreamType
	// Skips lists events of those streams that Apply has no use for. They are not even read.
	Skips []domain.Event
	// Apply writes what a page of events changes. The transaction finds the version's tables without a schema's name.
	// It must be pure: the same page on the same rows gives the same rows, and page by page gives the same as all at once.
	Apply func(ctx context.Context, tx pgx.Tx, page Page) error
}

// selection names the events that the projection reads.
func (p Projection) selection() eventstore.Selection {
	var s eventstore.Selection
	for _, streamType := range p.Reads {
		s.StreamTypes = append(s.StreamTypes, streamType.Name)
	}
	for _, event := range p.Skips {
		s.Except = append(s.Except, event.EventType())
	}
	return s
}

// AllBut gives the events of a type of stream except some. A projection that needs only those skips the rest.
func AllBut(of domain.StreamType, some ...domain.Event) []domain.Event {
	var rest []domain.Event
	for _, eventType := range of.Events {
		same := func(e domain.Event) bool { return e.EventType() == eventType.Zero.EventType() }
		if !slices.ContainsFunc(some, same) {
			rest = append(rest, eventType.Zero)
		}
	}
	return rest
}

// Page holds the events that a projection reads of a run of positions of one ledger. They come without Data, and all
// projections share them, so Apply must not write to them.
type Page struct {
	Ledger uuid.UUID
	Events []eventstore.Event
}

// Of gives the events of one type of stream, in order.
func (p Page) Of(streamType domain.StreamType) []eventstore.Event {
	var events []eventstore.Event
	for _, event := range p.Events {
		if event.Stream.Type() == streamType.Name {
			events = append(events, event)
		}
	}
	return events
}

// version names one build of a projection.
type version struct {
	projection string
	number     int
	revision   int
	status     Status
	ready      bool
}

// Status tells the state of a version, or of its work on one ledger.
type Status string

const (
	StatusFilling  Status = "filling"  // catching up; queries read another version or wait
	StatusActive   Status = "active"   // answers queries
	StatusRetired  Status = "retired"  // may answer queries of another release; kept up to date while its program runs
	StatusDropped  Status = "dropped"  // its tables are gone; only its number is remembered
	StatusRetrying Status = "retrying" // a page failed and will be tried again
	StatusStopped  Status = "stopped"  // a page can't be applied; waits for a person
)

// Statuses lists those that are reported: nobody asks for a version that is dropped.
var Statuses = []Status{StatusFilling, StatusActive, StatusRetired, StatusRetrying, StatusStopped}

// key identifies the version in all its states.
func (v version) key() version {
	v.status, v.ready = "", false
	return v
}

// String gives the version's name as people and logs see it, such as seats@3.
func (v version) String() string { return fmt.Sprintf("%s@%d", v.projection, v.number) }

// schema names the Postgres schema of the version's tables.
func (v version) schema() string { return fmt.Sprintf("%s_%d", v.projection, v.number) }

// searchPath leads to the version's tables first, then to the core.
func (v version) searchPath() string { return v.schema() + ", tallystick" }
