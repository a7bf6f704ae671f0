package engine

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// swapNear bounds how far behind the serving version a filling one may be for the serving one to stand still until it
	// has caught up. Under steady appends it would hardly ever catch up otherwise.
	swapNear = 5 * eventstore.PageMax
	// swapWait bounds a standstill. Queries go on during it, but those with a new minimum position wait.
	swapWait = 500 * time.Millisecond
	// A near version may catch up by itself for swapFirst. After a standstill in which it did not, it is left alone for
	// swapAgain.
	swapFirst = time.Second
	swapAgain = 20 * swapWait
)

// swap makes a filling version ready once it has everything that the version has which serves its revision: a client must not
// see a read model go back. Running queries finish on the tables that they began with.
func (e *Engine) swap(ctx context.Context, v version) (swapped bool, err error) {
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, v.projection); err != nil {
			return err
		}
		l, err := lagBehindServing(ctx, tx, v)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil // it does not fill any more
		case err != nil || !l.mayCatchUp() || l.events > 0 && !e.mayStandStill(v, time.Now()):
			return err
		}
		if _, err := tx.Exec(ctx, lockPagesExclusive, l.serving.String()); err != nil {
			return err
		}
		swapped, err = e.swapStill(ctx, tx, v)
		return err
	})
	if isLockTimeout(err) {
		return false, nil // the serving version has a page under way that takes long; there will be another time
	}
	if err != nil {
		return false, err
	}
	if swapped {
		signal(e.changed)
	}
	return swapped, nil
}

// swapStill swaps while the serving version stands still, as soon as the filling one has caught up.
func (e *Engine) swapStill(ctx context.Context, tx pgx.Tx, v version) (swapped bool, err error) {
	for deadline := time.Now().Add(swapWait); ; pause(ctx, 5*time.Millisecond) {
		l, err := lagBehindServing(ctx, tx, v)
		if err != nil {
			return false, err
		}
		if l.events == 0 {
			return true, e.activate(ctx, tx, l.serving.number, v)
		}
		if time.Now().After(deadline) {
			return false, nil
		}
		e.eachRunner(func(running version, w *waker) {
			if running.projection == v.projection {
				w.hurryAll()
			}
		})
	}
}

// mayStandStill reports whether the serving version may wait for this one now.
func (e *Engine) mayStandStill(v version, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, near := e.standstills[v.String()]
	if near && now.Before(at) {
		return false
	}
	e.standstills[v.String()] = now.Add(swapAgain)
	if !near {
		e.standstills[v.String()] = now.Add(swapFirst)
	}
	return near
}

func isLockTimeout(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "55P03"
}

// lag tells how far a filling version is behind the one that serves.
type lag struct {
	serving version
	events  int64
	failed  bool // the filling version does not get over some event
}

func (l lag) mayCatchUp() bool { return l.events == 0 || l.events <= swapNear && !l.failed }

// lagBehindServing counts the events that the serving version has applied and the filling one has not. It leaves out the
// events that a restored log no longer holds.
func lagBehindServing(ctx context.Context, tx pgx.Tx, v version) (lag, error) {
	l := lag{serving: version{projection: v.projection}}
	err := tx.QueryRow(ctx, `
		SELECT serving.version, coalesce(sum(greatest(least(a.position, a.tail) - a.filled, 0)), 0)::bigint,
		       EXISTS (
		           SELECT FROM tallystick.projection_failures f
		           WHERE f.projection = $1 AND f.version = $2)
		FROM (
			SELECT v.version
			FROM tallystick.projection_versions v
			WHERE v.projection = $1 AND v.revision = $3 AND v.version <> $2 AND `+versionReady+`
			ORDER BY v.version DESC
			LIMIT 1
		) AS serving
		JOIN tallystick.projection_versions filling
			ON filling.projection = $1 AND filling.version = $2 AND filling.status <> 'dropped' AND filling.ready_at IS NULL
		LEFT JOIN LATERAL (
			SELECT coalesce((
			           SELECT c.to_position
			           FROM tallystick.projection_checkpoints c
			           WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = serving.version
			           ORDER BY c.from_position DESC
			           LIMIT 1), 0) AS position,
			       coalesce((
			           SELECT c.to_position
			           FROM tallystick.projection_checkpoints c
			           WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
			           ORDER BY c.from_position DESC
			           LIMIT 1), 0) AS filled,
			       coalesce((
			           SELECT e.position
			           FROM tallystick.events e
			           WHERE e.ledger_id = l.ledger_id
			           ORDER BY e.position DESC
			           LIMIT 1), 0) AS tail
			FROM tallystick.ledgers l
		) AS a ON true
		GROUP BY serving.version`, v.projection, v.number, v.revision).Scan(&l.serving.number, &l.events, &l.failed)
	return l, err
}

// activate makes a version ready in the place of another one of its revision; 0 stands for none. It becomes the active one
// unless that is of another revision, since programs that landed before ready_at read the active version.
func (e *Engine) activate(ctx context.Context, tx pgx.Tx, before int, v version) error {
	_, err := tx.Exec(ctx, `
		UPDATE tallystick.projection_versions
		SET status = 'retired'
		WHERE projection = $1 AND version = $2 AND status = 'active'`, v.projection, before)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE tallystick.projection_versions
		SET ready_at = clock_timestamp(),
		    status = CASE WHEN EXISTS (
		        SELECT FROM tallystick.projection_versions
		        WHERE projection = $1 AND version <> $2 AND status = 'active') THEN 'retired' ELSE 'active' END
		WHERE projection = $1 AND version = $2 AND status <> 'dropped'`, v.projection, v.number)
	if err != nil {
		return err
	}
	return e.tell(ctx, tx, versionsChanged)
}
