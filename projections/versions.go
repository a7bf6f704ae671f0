package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/migrations"
)

// ErrUnknownProjection is returned for a name or version that does not exist.
var ErrUnknownProjection = errors.New("no such projection")

// lockProjection serialises what changes a projection's versions, across processes, until the transaction ends.
func lockProjection(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(3, hashtext($1))`, name)
	return err
}

// ensureVersion creates a version of this program's revision unless one is there.
func (e *Engine) ensureVersion(ctx context.Context, p Projection) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, p.Name); err != nil {
			return err
		}
		var there bool
		err := tx.QueryRow(ctx, `
			SELECT EXISTS (
				SELECT FROM tallystick.projection_versions
				WHERE projection = $1 AND revision = $2 AND status IN ('filling', 'active'))`, p.Name, p.Revision).Scan(&there)
		if err != nil || there {
			return err
		}
		_, err = createVersion(ctx, tx, p)
		return err
	})
}

// createVersion makes the tables of the next version. The first one of all serves at once, the others fill first.
func createVersion(ctx context.Context, tx pgx.Tx, p Projection) (version, error) {
	tables, err := migrations.ReadModel(p.Name)
	if err != nil {
		return version{}, err
	}
	v := version{projection: p.Name, revision: p.Revision}
	err = tx.QueryRow(ctx, `
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
	if _, err := tx.Exec(ctx, tables); err != nil {
		return version{}, fmt.Errorf("create tables of %s: %w", v, err)
	}
	return v, nil
}

// versions lists all versions of all projections, dropped ones too.
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

// swap makes a version the active one if it has everything that the active one has. Queries that are running finish on
// the tables they began with.
func (e *Engine) swap(ctx context.Context, v version) (swapped bool, err error) {
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, v.projection); err != nil {
			return err
		}
		// Never behind what was served: a client must not see a read model go back.
		tag, err := tx.Exec(ctx, `
			UPDATE tallystick.projection_versions AS old
			SET status = 'retired'
			WHERE old.projection = $1 AND old.status = 'active'
			  AND EXISTS (
				SELECT FROM tallystick.projection_versions
				WHERE projection = $1 AND version = $2 AND status = 'filling')
			  AND NOT EXISTS (
				SELECT FROM tallystick.ledgers l
				WHERE coalesce((
					SELECT c.to_position
					FROM tallystick.projection_checkpoints c
					WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
					ORDER BY c.from_position DESC
					LIMIT 1), 0) < coalesce((
					SELECT c.to_position
					FROM tallystick.projection_checkpoints c
					WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = old.version
					ORDER BY c.from_position DESC
					LIMIT 1), 0))`, v.projection, v.number)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		swapped = true
		_, err = tx.Exec(ctx, `
			UPDATE tallystick.projection_versions
			SET status = 'active'
			WHERE projection = $1 AND version = $2`, v.projection, v.number)
		return err
	})
	return swapped, err
}
