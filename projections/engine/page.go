package engine

import (
	"context"
	"errors"
	"fmt"

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

// checkpointsKept sets how many positions back old checkpoints stay, and how many positions apart they are trimmed.
// Only the newest one is ever needed.
const checkpointsKept = 1_000

// A page's transaction holds this lock in shared mode. Whoever needs a version to stand still takes it exclusively.
const (
	lockPagesShared    = `SELECT pg_advisory_xact_lock_shared(4, hashtext($1))`
	lockPagesExclusive = `SELECT pg_advisory_xact_lock(4, hashtext($1))`
)

// applyPage applies one page in a transaction of its own. It reports idle when the projection read nothing of the page.
func (r *runner) applyPage(ctx context.Context, page eventstore.PageRange) (idle bool, err error) {
	err = pgx.BeginFunc(ctx, r.engine.pool, func(tx pgx.Tx) error {
		if err := r.openPage(ctx, tx, page); err != nil {
			return err
		}
		events, err := r.engine.codec.Page(ctx, tx, page.Ledger, page.From, page.To, r.projection.selection())
		if idle = len(events) == 0; idle || err != nil {
			return err
		}
		return r.projection.Apply(ctx, tx, Page{Ledger: page.Ledger, Events: events})
	})
	if errors.Is(err, errPageDone) {
		return false, nil
	}
	return idle, err
}

// openPage inserts the checkpoint before anything else, so whoever comes second waits here and then gives way. It makes
// sure that the version is still there, that the page follows what was applied, and that the log below it is the same.
func (r *runner) openPage(ctx context.Context, tx pgx.Tx, page eventstore.PageRange) error {
	results := tx.SendBatch(ctx, r.openingOf(page))
	if _, err := results.Exec(); err != nil { // the lock
		return errors.Join(err, results.Close())
	}
	inserted, err := results.Exec()
	if err != nil {
		return errors.Join(err, results.Close())
	}
	var before standing
	err = results.QueryRow().Scan(&before.from, &before.to, &before.same, &before.dropped, &before.there)
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	if inserted.RowsAffected() == 0 {
		return errPageDone
	}
	return before.admits(page)
}

// openingOf opens a page in one round trip: it takes the lock, inserts the checkpoint, asks where things stood before
// it, and tidies up on the way.
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
		ON CONFLICT DO NOTHING`, [16]byte(page.Ledger), v.projection, v.number, page.From, page.To)
	batch.Queue(selectStanding, [16]byte(page.Ledger), v.projection, v.number, page.From, page.To)
	batch.Queue(`
		DELETE FROM tallystick.projection_failures
		WHERE ledger_id = $1 AND projection = $2 AND version = $3`, [16]byte(page.Ledger), v.projection, v.number)
	batch.Queue(`SELECT set_config('search_path', $1, true)`, v.searchPath())
	if (page.From-1)/checkpointsKept != page.To/checkpointsKept {
		batch.Queue(`
			DELETE FROM tallystick.projection_checkpoints
			WHERE ledger_id = $1 AND projection = $2 AND version = $3 AND from_position < $4`,
			[16]byte(page.Ledger), v.projection, v.number, page.From-checkpointsKept)
	}
	return batch
}

// standing describes a version before a page: its newest other checkpoint, whether the log still has that checkpoint's
// last event, whether the version was dropped, and how many events of the page exist.
type standing struct {
	from, to, there int64
	same, dropped   bool
}

const selectStanding = `
	SELECT coalesce(c.from_position, 0), coalesce(c.to_position, 0),
	       c.leaf_hash IS NOT DISTINCT FROM (
	           SELECT e.leaf_hash
	           FROM tallystick.events e
	           WHERE e.ledger_id = $1 AND e.position = c.to_position),
	       v.status = 'dropped',
	       (SELECT count(*) FROM tallystick.events e WHERE e.ledger_id = $1 AND e.position BETWEEN $4 AND $5)
	FROM tallystick.projection_versions v
	LEFT JOIN LATERAL (
		SELECT *
		FROM tallystick.projection_checkpoints c
		WHERE c.ledger_id = $1 AND c.projection = $2 AND c.version = $3 AND c.from_position <> $4
		ORDER BY c.from_position DESC
		LIMIT 1
	) AS c ON true
	WHERE v.projection = $2 AND v.version = $3`

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
