package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

var (
	// errPageDone reports that another owner applied the page first, or that the version was dropped meanwhile.
	errPageDone = errors.New("the page needs no applying")
	// ErrDiverged reports that the log no longer holds what was applied: somebody restored an earlier or another
	// history.
	ErrDiverged = errors.New("the log is not the one that this read model was built from")
)

// checkpointsKept sets how many old checkpoints of a ledger may gather until they are trimmed. Only the newest one is ever
// needed.
const checkpointsKept = 32

// A page's transaction holds this lock in shared mode. Whoever needs a version to stand still takes it exclusively.
const (
	lockPagesShared    = `SELECT pg_advisory_xact_lock_shared(4, hashtext($1))`
	lockPagesExclusive = `SELECT pg_advisory_xact_lock(4, hashtext($1))`
)

// applyPage applies one page in a transaction of its own. It reports idle when the projection read nothing of the page.
func (r *runner) applyPage(ctx context.Context, page eventstore.PageRange) (idle bool, err error) {
	err = pgx.BeginFunc(ctx, r.engine.pool, func(tx pgx.Tx) error {
		leaf, err := r.openPage(ctx, tx, page)
		if err != nil {
			return err
		}
		idle, err = r.applyOpened(ctx, tx, page, leaf)
		return err
	})
	if errors.Is(err, errPageDone) {
		return false, nil
	}
	return idle, err
}

// applyOpened applies a page whose checkpoint is inserted, with the leaf hash of the page's last event.
func (r *runner) applyOpened(ctx context.Context, tx pgx.Tx, page eventstore.PageRange, leaf []byte) (idle bool, err error) {
	events, err := r.engine.chunks.Page(ctx, tx, page.Ledger, page.From, page.To, leaf, r.projection.selection())
	if idle = len(events) == 0; idle || err != nil {
		return idle, err
	}
	end := r.tracePage(ctx, page, events)
	err = r.projection.Apply(ctx, tx, Page{Ledger: page.Ledger, Events: events})
	end(err)
	return false, err
}

// openPage inserts the checkpoint before anything else, so whoever comes second waits here and then gives way. It makes
// sure that the version is still there, that the page follows what was applied, and that the log below it is the same. It
// gives the leaf hash of the page's last event.
func (r *runner) openPage(ctx context.Context, tx pgx.Tx, page eventstore.PageRange) (leaf []byte, err error) {
	results := tx.SendBatch(ctx, r.openingOf(page))
	if _, err := results.Exec(); err != nil { // the lock
		return nil, errors.Join(err, results.Close())
	}
	err = results.QueryRow().Scan(&leaf)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, errors.Join(err, results.Close())
	}
	var before standing
	err = results.QueryRow().Scan(before.columns()...)
	if err := errors.Join(err, results.Close()); err != nil {
		return nil, err
	}
	if leaf == nil {
		return nil, errPageDone
	}
	if err := before.admits(page); err != nil {
		return nil, err
	}
	return leaf, r.trim(ctx, tx, map[uuid.UUID]standing{page.Ledger: before})
}

// openingOf opens a page in one round trip: it takes the lock, inserts the checkpoint, asks where things stood before
// it, and forgets its failures.
func (r *runner) openingOf(page eventstore.PageRange) *pgx.Batch {
	v := r.version
	batch := &pgx.Batch{}
	batch.Queue(lockPagesShared, v.String())
	batch.Queue(`
		INSERT INTO tallystick.projection_checkpoints (ledger_id, projection, version, from_position, to_position,
		                                               leaf_hash, applied_at)
		SELECT e.ledger_id, $2, $3, $4, e.position, e.leaf_hash, clock_timestamp()
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position = $5
		ON CONFLICT DO NOTHING
		RETURNING leaf_hash`, [16]byte(page.Ledger), v.projection, v.number, page.From, page.To)
	batch.Queue(standingOf("$1", "$2", "$3", "$4", "$5"), [16]byte(page.Ledger), v.projection, v.number, page.From, page.To)
	batch.Queue(`
		DELETE FROM tallystick.projection_failures
		WHERE ledger_id = $1 AND projection = $2 AND version = $3`, [16]byte(page.Ledger), v.projection, v.number)
	batch.Queue(`SELECT set_config('search_path', $1, true)`, v.searchPath())
	return batch
}

// standing describes a version before a page: its newest other checkpoint, whether the log still has that checkpoint's
// last event, whether the version was dropped, how many events of the page exist, and whether there are many checkpoints.
type standing struct {
	from, to, there        int64
	same, dropped, crowded bool
}

// columns scans what standingOf selects.
func (s *standing) columns() []any {
	return []any{&s.from, &s.to, &s.same, &s.dropped, &s.there, &s.crowded}
}

// standingOf selects the standing of a version before a page of a ledger. The arguments are SQL.
func standingOf(ledger, projection, version, from, to string) string {
	return fmt.Sprintf(`
	SELECT coalesce(c.from_position, 0), coalesce(c.to_position, 0),
	       c.leaf_hash IS NOT DISTINCT FROM (
	           SELECT e.leaf_hash
	           FROM tallystick.events e
	           WHERE e.ledger_id = %[1]s AND e.position = c.to_position),
	       v.status = 'dropped',
	       (SELECT count(*) FROM tallystick.events e WHERE e.ledger_id = %[1]s AND e.position BETWEEN %[4]s AND %[5]s),
	       (
	           SELECT count(*)
	           FROM (
	               SELECT
	               FROM tallystick.projection_checkpoints c
	               WHERE c.ledger_id = %[1]s AND c.projection = %[2]s AND c.version = %[3]s
	               LIMIT %[6]d
	           ) AS c) = %[6]d
	FROM tallystick.projection_versions v
	LEFT JOIN LATERAL (
		SELECT *
		FROM tallystick.projection_checkpoints c
		WHERE c.ledger_id = %[1]s AND c.projection = %[2]s AND c.version = %[3]s AND c.from_position <> %[4]s
		ORDER BY c.from_position DESC
		LIMIT 1
	) AS c ON true
	WHERE v.projection = %[2]s AND v.version = %[3]s`, ledger, projection, version, from, to, checkpointsKept)
}

func (s standing) admits(page eventstore.PageRange) error {
	switch {
	case s.dropped || s.from > page.From:
		return errPageDone
	case s.to != page.From-1:
		return fmt.Errorf("page %d to %d does not follow on position %d", page.From, page.To, s.to)
	case s.there != page.To-page.From+1:
		return fmt.Errorf("%w: %d events at positions %d to %d", ErrDiverged, s.there, page.From, page.To)
	case !s.same:
		return fmt.Errorf("%w: the event at position %d is another one", ErrDiverged, s.to)
	}
	return nil
}
