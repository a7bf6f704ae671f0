package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// Projection turns events into the rows of one read model.
type Projection struct {
	// Name is also the name of its tables' file in migrations/readmodels.
	Name string
	// Revision is raised with every change of the tables or of what Apply writes.
	Revision int
	// Apply writes what a page of events changes. The transaction finds the version's tables without a schema's name.
	// It must be pure: the same page on the same rows gives the same rows, and page by page gives the same as all at once.
	Apply func(ctx context.Context, tx pgx.Tx, page Page) error
}

// Page is a run of consecutive events of one ledger.
type Page struct {
	Ledger uuid.UUID
	Events []eventstore.Event
}

// version is one build of a projection.
type version struct {
	projection string
	number     int
	revision   int
	status     Status
}

// Status is the state of a version, or of its work on one ledger.
type Status string

const (
	StatusFilling  Status = "filling"  // catching up; another version serves
	StatusActive   Status = "active"   // answers queries
	StatusRetired  Status = "retired"  // was active; kept up to date until dropped
	StatusDropped  Status = "dropped"  // its tables are gone; only its number is remembered
	StatusRetrying Status = "retrying" // a page failed and will be tried again
	StatusStopped  Status = "stopped"  // a page can't be applied; waits for a person
)

// String is the version's name as people and logs see it, such as seats@3.
func (v version) String() string { return fmt.Sprintf("%s@%d", v.projection, v.number) }

// schema is the Postgres schema of the version's tables.
func (v version) schema() string { return fmt.Sprintf("%s_%d", v.projection, v.number) }

// searchPath finds the version's tables first, then nothing but the core.
func (v version) searchPath() string { return v.schema() + ", tallystick" }
