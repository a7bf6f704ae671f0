package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/migrations"
)

// enter makes the version's schema the only one of the search path, until the transaction ends.
func (v version) enter(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, v.schema())
	return err
}

// admitAuditors asserts that auditors may read the version's tables, or may not, and that comments tell them what these hold.
func (e *Engine) admitAuditors(ctx context.Context, tx pgx.Tx, p Projection, v version) error {
	if err := v.enter(ctx, tx); err != nil {
		return err
	}
	about := fmt.Sprintf("COMMENT ON SCHEMA %[1]s IS '"+
		"Read model %[2]s, version %[3]d: tables that the program builds from the events (\\dt+ %[1]s.*).\n"+
		"tallystick.projection_versions tells whether it serves.';\n", v.schema(), v.projection, v.number)
	execute := func(ctx context.Context, sql string, args ...any) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}
	if err := migrations.Describe(ctx, execute, about+strings.ReplaceAll(p.Tables, "{schema}", v.schema())); err != nil {
		return err
	}
	return e.grant(ctx, tx, p, v)
}

// grant lets auditors read all tables of the version, or none. It changes only what does not hold.
func (e *Engine) grant(ctx context.Context, tx pgx.Tx, p Projection, v version) error {
	var readable, tables int
	var use bool
	err := tx.QueryRow(ctx, `
		SELECT count(c.oid) FILTER (WHERE has_table_privilege(r.oid, c.oid, 'SELECT')), count(c.oid),
		       has_schema_privilege(r.oid, n.oid, 'USAGE')
		FROM pg_roles r
		JOIN pg_namespace n ON n.nspname = $2
		LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
		WHERE r.rolname = $1
		GROUP BY r.oid, n.oid`, e.auditor, v.schema()).Scan(&readable, &tables, &use)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // there is no such role
		return nil
	case err != nil:
		return fmt.Errorf("look at what auditors may read of %s: %w", v, err)
	case p.Auditors && use && readable == tables, !p.Auditors && readable == 0:
		return nil
	}
	schema, role := pgx.Identifier{v.schema()}.Sanitize(), pgx.Identifier{e.auditor}.Sanitize()
	change := `GRANT USAGE ON SCHEMA ` + schema + ` TO ` + role + `; GRANT SELECT ON ALL TABLES IN SCHEMA ` + schema + ` TO ` + role
	if !p.Auditors {
		change = `REVOKE ALL ON ALL TABLES IN SCHEMA ` + schema + ` FROM ` + role
	}
	if _, err := tx.Exec(ctx, change); err != nil {
		return fmt.Errorf("settle what auditors may read of %s: %w", v, err)
	}
	return nil
}
