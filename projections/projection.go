package projections

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
	// Name is also the name of its tables' file in migrations/readmodels.
	Name string
	// Revision is raised with every change of the tables or of what Apply writes. Until the new version has caught up,
	// queries read the tables of the one before.
	Revision int
	// Ignores are types of events that Apply does nothing with; they are not even read. All others are, so that a type which
	// this program does not know stops the projection instead of being missed.
	Ignores []string
	// Apply writes what a page of events changes. The transaction finds the version's tables without a schema's name.
	// It must be pure: the same page on the same rows gives the same rows, and page by page gives the same as all at once.
	Apply func(ctx context.Context, tx pgx.Tx, page Page) error
}

// types are the names of all events of the stream types, but for some.
func types(of []domain.StreamType, except ...domain.Event) []string {
	var names []string
	for _, streamType := range of {
		for _, eventType := range streamType.Events {
			name := eventType.Zero.EventType()
			if !slices.ContainsFunc(except, func(e domain.Event) bool { return e.EventType() == name }) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Page is a run of consecutive events of one ledger, without those that the projection ignores.
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
