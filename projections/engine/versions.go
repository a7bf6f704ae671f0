package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrUnknownProjection reports a name or version that does not exist.
var ErrUnknownProjection = errors.New("no such projection")

// lockProjection makes changes of a projection's versions take turns, across processes, until the transaction ends.
func lockProjection(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(3, hashtext($1))`, name)
	return err
}

// ensureVersion creates a version of this program's revision unless one serves or fills. It takes a retired one up
// again, so that going back to an earlier release needs no rebuild.
func (e *Engine) ensureVersion(ctx context.Context, p Projection) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, p.Name); err != nil {
			return err
		}
		var status Status
		var number int
		err := tx.QueryRow(ctx, `
			SELECT status, version
			FROM tallystick.projection_versions
			WHERE projection = $1 AND revision = $2 AND status <> 'dropped'
			ORDER BY array_position(ARRAY['active', 'filling', 'retired'], status), version DESC
			LIMIT 1`, p.Name, p.Revision).Scan(&status, &number)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			_, err = e.createVersion(ctx, tx, p)
			return err
		case err != nil || status != StatusRetired:
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE tallystick.projection_versions
			SET status = 'filling'
			WHERE projection = $1 AND version = $2`, p.Name, number)
		if err != nil {
			return err
		}
		return e.tell(ctx, tx, versionsChanged)
	})
}

// createVersion creates the tables of the next version. The first version of all serves at once; the others fill first.
func (e *Engine) createVersion(ctx context.Context, tx pgx.Tx, p Projection) (version, error) {
	v := version{projection: p.Name, revision: p.Revision}
	err := tx.QueryRow(ctx, `
		INSERT INTO tallystick.projection_versions (projection, version, revision, status, created_at)
		SELECT $1, coalesce(max(version), 0) + 1, $2,
		       CASE WHEN bool_or(status = 'active') THEN 'filling' ELSE 'active' END, clock_timestamp()
		FROM tallystick.projection_versions
		WHERE projection = $1
		RETURNING version, status`, p.Name, p.Revision).Scan(&v.number, &v.status)
	if err != nil {
		return version{}, fmt.Errorf("number the version: %w", err)
	}
	schema := pgx.Identifier{v.schema()}.Sanitize()
	if _, err := tx.Exec(ctx, `CREATE SCHEMA `+schema); err != nil {
		return version{}, fmt.Errorf("create schema of %s: %w", v, err)
	}
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, v.schema()); err != nil {
		return version{}, err
	}
	if _, err := tx.Exec(ctx, p.Tables); err != nil {
		return version{}, fmt.Errorf("create tables of %s: %w", v, err)
	}
	return v, e.tell(ctx, tx, versionsChanged)
}

// versions lists the versions of all projections, dropped ones too.
func (e *Engine) versions(ctx context.Context) ([]version, error) {
	rows, err := e.pool.Query(ctx, `
		SELECT projection, version, revision, status
		FROM tallystick.projection_versions
		ORDER BY projection, version`)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v version, err error) {
		err = row.Scan(&v.projection, &v.number, &v.revision, &v.status)
		return v, err
	})
}
