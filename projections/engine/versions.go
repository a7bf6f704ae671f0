package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrUnknownProjection reports a name or version that does not exist.
var ErrUnknownProjection = errors.New("no such projection")

// versionReady holds for a version v that may answer queries. A program that landed before ready_at sets the status alone.
const versionReady = `(v.status <> 'dropped' AND (v.ready_at IS NOT NULL OR v.status = 'active'))`

// lockProjection makes changes of a projection's versions take turns, across processes, until the transaction ends.
func lockProjection(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(3, hashtext($1))`, name)
	return err
}

// ensureVersion creates a version of this program's revision unless there is one. A version that an earlier start left is
// taken up again, so that going back to an earlier release needs no rebuild; auditors find what this release says of it.
func (e *Engine) ensureVersion(ctx context.Context, p Projection) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, p.Name); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT version
			FROM tallystick.projection_versions
			WHERE projection = $1 AND revision = $2 AND status <> 'dropped'`, p.Name, p.Revision)
		if err != nil {
			return err
		}
		there, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err == nil && len(there) == 0 {
			_, err = e.createVersion(ctx, tx, p)
		}
		for _, number := range there {
			if err == nil {
				err = e.admitAuditors(ctx, tx, p, version{projection: p.Name, number: number})
			}
		}
		return err
	})
}

// createVersion creates the tables of the next version. The first version of all is ready at once where no event is; every
// other one fills first.
func (e *Engine) createVersion(ctx context.Context, tx pgx.Tx, p Projection) (version, error) {
	v := version{projection: p.Name, revision: p.Revision}
	err := tx.QueryRow(ctx, `
		INSERT INTO tallystick.projection_versions (projection, version, revision, status, created_at, ready_at)
		SELECT $1, n.version, $2, CASE WHEN n.full THEN 'active' ELSE 'filling' END, now(), CASE WHEN n.full THEN now() END
		FROM (
			SELECT coalesce(max(v.version), 0) + 1 AS version,
			       coalesce(bool_and(v.status <> 'active'), true) AND NOT EXISTS (SELECT FROM tallystick.events) AS full
			FROM tallystick.projection_versions v
			WHERE v.projection = $1
		) AS n
		RETURNING version, status, ready_at IS NOT NULL`, p.Name, p.Revision).Scan(&v.number, &v.status, &v.ready)
	if err != nil {
		return version{}, fmt.Errorf("number the version: %w", err)
	}
	schema := pgx.Identifier{v.schema()}.Sanitize()
	if _, err := tx.Exec(ctx, `CREATE SCHEMA `+schema); err != nil {
		return version{}, fmt.Errorf("create schema of %s: %w", v, err)
	}
	if err := v.enter(ctx, tx); err != nil {
		return version{}, err
	}
	if _, err := tx.Exec(ctx, p.Tables); err != nil {
		return version{}, fmt.Errorf("create tables of %s: %w", v, err)
	}
	if err := e.admitAuditors(ctx, tx, p, v); err != nil {
		return version{}, err
	}
	return v, e.tell(ctx, tx, versionsChanged)
}

// versions lists the versions of all projections, dropped ones too.
func (e *Engine) versions(ctx context.Context) ([]version, error) {
	rows, err := e.pool.Query(ctx, `
		SELECT v.projection, v.version, v.revision, v.status, `+versionReady+`
		FROM tallystick.projection_versions v
		ORDER BY v.projection, v.version`)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v version, err error) {
		err = row.Scan(&v.projection, &v.number, &v.revision, &v.status, &v.ready)
		return v, err
	})
}

// serving finds the version that this program reads: the newest ready one of its revision.
func (p Projection) serving(all []version) (found version, ok bool) {
	for _, v := range all {
		if v.projection == p.Name && v.revision == p.Revision && v.ready {
			found, ok = v, true
		}
	}
	return found, ok
}

// filling finds the version that is to serve next: the newest of the program's revision, where that is not ready.
func (p Projection) filling(all []version) (found version, ok bool) {
	for _, v := range all {
		if v.projection == p.Name && v.revision == p.Revision && v.status != StatusDropped {
			found, ok = v, !v.ready
		}
	}
	return found, ok
}
