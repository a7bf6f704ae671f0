package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// readWait bounds how long a query waits for a read model to reach a position, unless Options say otherwise.
	readWait = 2 * time.Second
	// A waiting reader also looks again by itself, less and less often, since another process may apply the page.
	readAgainMin, readAgainMax = 10 * time.Millisecond, 160 * time.Millisecond
)

// BehindError reports that a read model did not reach the position that a query asked for in time.
type BehindError struct {
	Projection         string
	Position, Required int64
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("read model %s is at position %d, behind %d", e.Projection, e.Position, e.Required)
}

// Read runs a query on the newest ready version of the program's revision of a read model; where there is none it fails with
// *FillingError. It takes version, position and rows from one snapshot, gives
// the position to the query and returns it. With a minimum position it waits up to Options.ReadWait, then fails with
// *BehindError. The query must only read, and may run a second time.
func (e *Engine) Read(ctx context.Context, projection string, ledger uuid.UUID, minimum int64, query func(ctx context.Context, tx pgx.Tx, position int64) error) (int64, error) {
	return e.read(ctx, e.pool, e.readWait, projection, ledger, minimum, query)
}

// Query reads as Read does, from the standby where there is one that keeps up. The primary answers what the standby can't.
func (e *Engine) Query(ctx context.Context, projection string, ledger uuid.UUID, minimum int64, query func(ctx context.Context, tx pgx.Tx, position int64) error) (int64, error) {
	pool, serves := e.standby.Pool()
	if !serves {
		return e.Read(ctx, projection, ledger, minimum, query)
	}
	position, err := e.read(ctx, pool, e.readWait/2, projection, ledger, minimum, query)
	if err == nil || ctx.Err() != nil || !standbyLacks(err) {
		return position, err
	}
	e.standby.GaveUp(err, eventstore.IsUnavailable(err))
	return e.Read(ctx, projection, ledger, minimum, query)
}

// standbyLacks reports whether the primary may answer what a standby did not: the standby is away or behind, or had to cancel
// the query, since what it replays would have changed the query's snapshot.
func standbyLacks(err error) bool {
	if _, behind := errors.AsType[*BehindError](err); behind {
		return true
	}
	if _, filling := errors.AsType[*FillingError](err); filling {
		return true
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return eventstore.IsUnavailable(err) || isUndefinedTable(err) || ok && pgErr.Code == "40001"
}

// read reads from one database, and waits so long for the position.
func (e *Engine) read(
	ctx context.Context, pool *pgxpool.Pool, wait time.Duration, projection string, ledger uuid.UUID, minimum int64,
	query func(ctx context.Context, tx pgx.Tx, position int64) error,
) (int64, error) {
	p, known := e.byName(projection)
	if !known {
		return 0, fmt.Errorf("%w: %s", ErrUnknownProjection, projection)
	}
	if e.isClosed(projection) {
		return 0, e.orNewer(ledger, e.fillingError(projection))
	}
	deadline := time.Now().Add(wait)
	var dropped bool
	for again := readAgainMin; ; again = min(2*again, readAgainMax) {
		reached, forget := e.positions.await(projection, ledger, minimum)
		position, err := e.readOnce(ctx, pool, p, ledger, minimum, query)
		var behind *BehindError
		switch {
		case isUndefinedTable(err) && !dropped:
			// The version of the snapshot was dropped before the query read its tables.
			dropped = true
		case !errors.As(err, &behind) || time.Now().After(deadline):
			forget()
			return position, e.orNewer(ledger, err)
		default:
			e.hurry(projection, ledger)
			err = waitFor(ctx, reached, min(again, time.Until(deadline)))
		}
		forget()
		if ctx.Err() != nil {
			return 0, err
		}
	}
}

// Await returns once some read models, or all if none is named, show a position of a ledger. It waits for a model as
// long as the model advances; then it fails with *BehindError, as a query does.
func (e *Engine) Await(ctx context.Context, ledger uuid.UUID, position int64, models ...Projection) error {
	if len(models) == 0 {
		models = e.projections
	}
	for _, p := range models {
		for reached := int64(-1); ; {
			_, err := e.Read(ctx, p.Name, ledger, position, func(context.Context, pgx.Tx, int64) error { return nil })
			var behind *BehindError
			if !errors.As(err, &behind) || behind.Position == reached {
				if err != nil {
					return err
				}
				break
			}
			reached = behind.Position // it moves, so it will get there
		}
	}
	return nil
}

func isUndefinedTable(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "42P01"
}

// waitFor ends when this process has applied the page, or after a while.
func waitFor(ctx context.Context, reached <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-reached:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (e *Engine) readOnce(ctx context.Context, pool *pgxpool.Pool, p Projection, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx, int64) error) (position int64, err error) {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, pool, options, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT coalesce((
			           SELECT c.to_position
			           FROM tallystick.projection_checkpoints c
			           WHERE c.ledger_id = $1 AND c.projection = $2 AND c.version = v.version
			           ORDER BY c.from_position DESC
			           LIMIT 1), 0)
			FROM (
				SELECT v.projection, v.version
				FROM tallystick.projection_versions v
				WHERE v.projection = $2 AND v.revision = $3 AND `+versionReady+`
				ORDER BY v.version DESC
				LIMIT 1
			) AS v
			CROSS JOIN LATERAL set_config('search_path', v.projection || '_' || v.version || ', tallystick', true)`,
			[16]byte(ledger), p.Name, p.Revision).Scan(&position)
		if errors.Is(err, pgx.ErrNoRows) {
			return e.fillingError(p.Name)
		}
		if err != nil {
			return fmt.Errorf("find the version of %s: %w", p.Name, err)
		}
		if position < minimum {
			return &BehindError{Projection: p.Name, Position: position, Required: minimum}
		}
		return query(ctx, tx, position)
	})
	return position, err
}
