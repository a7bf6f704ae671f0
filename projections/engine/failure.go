package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// attemptsMax bounds how often a page may fail by itself before its projection stops. An unreachable database is not
// the page's failure.
const attemptsMax = 3

// noteFailure records a failed page in a transaction of its own: when to try it again, or that its projection stops
// until a person has looked at it. It returns how long the ledger rests.
//
// An event of a newer release is no failure and leaves no trace that another process could see.
func (r *runner) noteFailure(ctx context.Context, page eventstore.PageRange, cause error) (rest time.Duration, err error) {
	if newer, ok := errors.AsType[*eventstore.NewerReleaseError](cause); ok {
		r.engine.noteNewer(r.version.projection, page, newer)
		return newerRest, nil
	}
	attempts := 1
	switch {
	case errors.Is(cause, ErrDiverged):
		attempts = attemptsMax
	case eventstore.IsUnavailable(cause):
		attempts = 0
	}
	rows, err := r.engine.pool.Query(ctx, `
		INSERT INTO tallystick.projection_failures AS f (ledger_id, projection, version, status, from_position, attempts,
		                                                 retry_at, error)
		VALUES ($1, $2, $3, CASE WHEN $6::int >= $7::int THEN 'stopped' ELSE 'retrying' END, $4, $6,
		        clock_timestamp() + interval '200 milliseconds', $5)
		ON CONFLICT (ledger_id, projection, version) DO UPDATE
		SET (status, attempts, retry_at) = (
		        SELECT CASE WHEN a.attempts >= $7::int THEN 'stopped' ELSE 'retrying' END, a.attempts,
		               clock_timestamp() + interval '200 milliseconds' * 2 ^ a.attempts
		        FROM (
		            SELECT least($7::int, $6::int + CASE WHEN f.from_position = $4 THEN f.attempts ELSE 0 END)
		        ) AS a (attempts)
		    ),
		    from_position = $4,
		    error         = $5
		RETURNING retry_at - clock_timestamp()`,
		[16]byte(page.Ledger), r.version.projection, r.version.number, page.From,
		fmt.Sprintf("page %d to %d: %s", page.From, page.To, cause), attempts, attemptsMax)
	if err != nil {
		return 0, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[time.Duration])
}

// Retry lets a version that stopped at an event go on, once the reason is mended. Otherwise the version stops again at
// the same event.
func (e *Engine) Retry(ctx context.Context, name string, number int, ledger uuid.UUID) error {
	v := version{projection: name, number: number}
	tag, err := e.pool.Exec(ctx, `
		DELETE FROM tallystick.projection_failures
		WHERE ledger_id = $1 AND projection = $2 AND version = $3 AND status = 'stopped'`, [16]byte(ledger), name, number)
	if err != nil {
		return fmt.Errorf("retry %s: %w", v, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("retry %s: it has not stopped", v)
	}
	e.Appended(ledger, 0)
	return nil
}

// pause waits, but no longer than ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
