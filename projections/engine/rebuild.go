package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Progress counts the events that a rebuild has applied, of those that there are, over all ledgers.
type Progress struct{ Done, Total int64 }

// Rebuild fills a new version of a projection beside the one that serves and returns its name once it serves. Any process
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
			WHERE projection = $1 AND revision = $2 AND status = 'filling' AND ready_at IS NULL`, name, p.Revision).Scan(&filling)
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

// watch reports the progress of a filling version until it is ready.
func (e *Engine) watch(ctx context.Context, v version, report func(Progress)) error {
	for {
		begun := time.Now()
		s, ready, err := e.settle(ctx, v)
		if err != nil {
			return fmt.Errorf("fill %s: %w", v, err)
		}
		if report != nil {
			report(s.Progress)
		}
		switch {
		case s.failure != "":
			return fmt.Errorf("fill %s, which stopped: %s", v, s.failure)
		case s.status == StatusDropped:
			return fmt.Errorf("fill %s: it was dropped", v)
		case ready:
			return nil
		}
		pause(ctx, max(settleInterval, 4*time.Since(begun)))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
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
		all, err := e.versions(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(of version) bool { return of.String() == v.String() })
		if i < 0 || all[i].status == StatusDropped {
			return fmt.Errorf("%w: %s", ErrUnknownProjection, v)
		}
		if e.needs(all[i], all) {
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

// needs reports whether queries read a version: those of this program, or of an earlier release that this one can't stand in
// for yet.
func (e *Engine) needs(v version, all []version) bool {
	p, known := e.byName(v.projection)
	if !known {
		return v.status == StatusActive
	}
	serving, ok := p.serving(all)
	return ok && serving == v || !ok && v.status == StatusActive
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
