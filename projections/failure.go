package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/eventstore"
)

// attemptsMax is how often a page may fail by itself before its projection stops. A database that is away does not count
// as the page's failure.
const attemptsMax = 3

// noteFailure writes down, in a transaction of its own, that a page failed: when it may be tried again, or that its
// projection stands still until a person has looked at it.
func (r *runner) noteFailure(ctx context.Context, page eventstore.PageRange, cause error) error {
	_, err := r.engine.pool.Exec(ctx, `
		INSERT INTO tallystick.projection_failures AS f (ledger_id, projection, version, status, from_position, attempts,
		                                                 retry_at, error)
		VALUES ($1, $2, $3, CASE WHEN $6 AND $7 <= 1 THEN 'stopped' ELSE 'retrying' END, $4, 1,
		        clock_timestamp() + interval '200 milliseconds', $5)
		ON CONFLICT (ledger_id, projection, version) DO UPDATE
		SET status        = CASE WHEN $6 AND f.attempts + 1 >= $7 THEN 'stopped' ELSE 'retrying' END,
		    from_position = excluded.from_position,
		    attempts      = f.attempts + 1,
		    retry_at      = clock_timestamp() + least(interval '200 milliseconds' * 2 ^ least(f.attempts, 10), interval '30 seconds'),
		    error         = excluded.error`,
		[16]byte(page.Ledger), r.version.projection, r.version.number, page.From,
		fmt.Sprintf("page %d to %d: %s", page.From, page.To, cause), !eventstore.IsUnavailable(cause), attemptsMax)
	return err
}

// pause waits without outliving the runner.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
