package accesslog

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// Entry is an access that was kept.
type Entry struct {
	ID     int64
	At     time.Time
	Actor  string
	Role   string
	Method string
	Path   string
	Status int
	From   *int64 // the first position that was read
	To     *int64
	Client string
}

// Filter chooses entries; its zero takes all.
type Filter struct {
	Actor string
	Role  string
}

// List gives at most limit entries of a ledger behind one.
func List(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, f Filter, after int64, limit int) ([]Entry, error) {
	rows, err := db.Query(ctx, `
		SELECT access_id, at, actor, role, method, path, status, from_position, to_position, client
		FROM tallystick.access_log
		WHERE ledger_id = $1 AND access_id > $2 AND ($3 = '' OR actor = $3) AND ($4 = '' OR role = $4)
		ORDER BY access_id
		LIMIT $5`, [16]byte(ledger), after, f.Actor, f.Role, limit)
	if err != nil {
		return nil, fmt.Errorf("list accesses: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
	if err != nil {
		return nil, fmt.Errorf("list accesses: %w", err)
	}
	for i := range entries {
		entries[i].At = entries[i].At.UTC()
	}
	return entries, nil
}
