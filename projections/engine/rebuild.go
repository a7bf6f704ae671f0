package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Progress counts the events that a rebuild has applied, of those that there are, over all ledgers.
type Progress struct{ Done, Total int64 }

// Rebuild fills a new version of a projection beside the active one and returns its name once it serves. Any process
// that runs an engine may do the filling, so Run must be running somewhere. When ctx ends, the version goes on filling.
func (e *Engine) Rebuild(ctx context.Context, name string, report func(Progress)) (string, error) {
	p, known := e.byName(name)
	if !known {
		return "", fmt.Errorf("%w: %s", ErrUnknownProjection, name)
	}
	var v version
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, name); err != nil {
			return err
		}
		var filling int
		err := tx.QueryRow(ctx, `
			SELECT coalesce(max(version), 0)
			FROM tallystick.projection_versions
			WHERE projection = $1 AND revision = $2 AND status = 'filling'`, name, p.Revision).Scan(&filling)
		if err != nil {
			return err
		}
		if filling > 0 {
			return fmt.Errorf("%s@%d is being filled already", name, filling)
		}
		v, err = e.createVersion(ctx, tx, p)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("rebuild %s: %w", name, err)
	}
	signal(e.changed)
	return v.String(), e.watch(ctx, v, report)
}

// watch reports the progress of a filling version until it serves.
func (e *Engine) watch(ctx context.Context, v version, report func(Progress)) error {
	for {
		begun := time.Now()
		progress, status, failure, err := e.progress(ctx, v)
		if err != nil {
			return fmt.Errorf("rebuild %s: %w", v, err)
		}
		if report != nil {
			report(progress)
		}
		switch {
		case failure != "":
			return fmt.Errorf("rebuild %s stopped: %s", v, failure)
		case status == StatusDropped:
			return fmt.Errorf("rebuild %s: it was dropped", v)
		case status != StatusFilling:
			return nil
		}
		swapped := false
		if progress.Total-progress.Done <= swapNear {
			if swapped, err = e.swap(ctx, v); err != nil {
				return fmt.Errorf("swap to %s: %w", v, err)
			}
		}
		if !swapped {
			// A look at very many ledgers takes its time, and should not take all of it.
			pause(ctx, max(50*time.Millisecond, 4*time.Since(begun)))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (e *Engine) progress(ctx context.Context, v version) (progress Progress, status Status, failure string, err error) {
	err = e.pool.QueryRow(ctx, `
		SELECT v.status,
		       coalesce((
		           SELECT f.error
		           FROM tallystick.projection_failures f
		           WHERE f.projection = $1 AND f.version = $2 AND f.status = 'stopped'
		           LIMIT 1), ''),
		       coalesce(sum(p.position), 0), coalesce(sum(p.tail), 0)
		FROM tallystick.projection_versions v
		LEFT JOIN LATERAL (
			SELECT coalesce((
			           SELECT c.to_position
			           FROM tallystick.projection_checkpoints c
			           WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
			           ORDER BY c.from_position DESC
			           LIMIT 1), 0) AS position,
			       coalesce((
			           SELECT e.position
			           FROM tallystick.events e
			           WHERE e.ledger_id = l.ledger_id
			           ORDER BY e.position DESC
			           LIMIT 1), 0) AS tail
			FROM tallystick.ledgers l
		) AS p ON true
		WHERE v.projection = $1 AND v.version = $2
		GROUP BY v.status`, v.projection, v.number).Scan(&status, &failure, &progress.Done, &progress.Total)
	return progress, status, failure, err
}

// Drop removes a version that does not serve, with its tables. No later version gets its number.
func (e *Engine) Drop(ctx context.Context, name string, number int) error {
	v := version{projection: name, number: number}
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, name); err != nil {
			return err
		}
		// With the lock, no page of the version is under way. Later pages see that it is gone.
		if _, err := tx.Exec(ctx, lockPagesExclusive, v.String()); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			SELECT status
			FROM tallystick.projection_versions
			WHERE projection = $1 AND version = $2`, name, number).Scan(&v.status)
		switch {
		case errors.Is(err, pgx.ErrNoRows) || v.status == StatusDropped:
			return fmt.Errorf("%w: %s", ErrUnknownProjection, v)
		case err != nil:
			return err
		case v.status == StatusActive:
			return fmt.Errorf("%s answers queries; rebuild first, then drop it", v)
		}
		return e.drop(ctx, tx, v)
	})
	if err != nil {
		return fmt.Errorf("drop %s: %w", v, err)
	}
	signal(e.changed)
	return nil
}

func (e *Engine) drop(ctx context.Context, tx pgx.Tx, v version) error {
	for _, sql := range []string{
		`UPDATE tallystick.projection_versions SET status = 'dropped' WHERE projection = $1 AND version = $2`,
		`DELETE FROM tallystick.projection_checkpoints WHERE projection = $1 AND version = $2`,
		`DELETE FROM tallystick.projection_failures WHERE projection = $1 AND version = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, v.projection, v.number); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `DROP SCHEMA IF EXISTS `+pgx.Identifier{v.schema()}.Sanitize()+` CASCADE`); err != nil {
		return err
	}
	return e.tell(ctx, tx, versionsChanged)
}

func (e *Engine) byName(name string) (Projection, bool) {
	for _, p := range e.projections {
		if p.Name == name {
			return p, true
		}
	}
	return Projection{}, false
}
