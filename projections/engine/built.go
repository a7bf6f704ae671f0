package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
)

// Built tells how far the version of a read model is, for a ledger, that queries of this program read.
type Built struct {
	Version  string
	Schema   string
	Position int64
	// Stopped tells at which position it stopped and why; it is empty where it goes on.
	Stopped string
}

// BuiltFor finds the version that queries of this program read. It reports whether there is one.
func (p Projection) BuiltFor(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) (b Built, found bool, err error) {
	err = db.QueryRow(ctx, `
		SELECT v.projection || '@' || v.version, v.projection || '_' || v.version, coalesce((
		           SELECT c.to_position
		           FROM tallystick.projection_checkpoints c
		           WHERE c.ledger_id = $1 AND c.projection = v.projection AND c.version = v.version
		           ORDER BY c.from_position DESC
		           LIMIT 1), 0), coalesce((
		           SELECT 'it stopped at position ' || f.from_position || ': ' || f.error
		           FROM tallystick.projection_failures f
		           WHERE f.ledger_id = $1 AND f.projection = v.projection AND f.version = v.version AND f.status = 'stopped'), '')
		FROM tallystick.projection_versions v
		WHERE v.projection = $2 AND v.revision = $3 AND `+versionReady+`
		ORDER BY v.version DESC
		LIMIT 1`, [16]byte(ledger), p.Name, p.Revision).Scan(&b.Version, &b.Schema, &b.Position, &b.Stopped)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, false, nil
	}
	if err != nil {
		return b, false, fmt.Errorf("find the version of %s: %w", p.Name, err)
	}
	return b, true, nil
}

// Difference is a row that a version has and should not have, or the other way round.
type Difference struct {
	Table string
	Has   bool // the version has it
	Row   string
}

// Compare builds a read model of a ledger again from its log, in temporary tables, and holds them against those of a version. It counts
// the rows and those that differ, and gives the first of these. The tables are gone afterwards.
func (p Projection) Compare(ctx context.Context, tx pgx.Tx, codec *eventstore.Codec, ledger uuid.UUID, b Built) (rows, differ int64, first *Difference, err error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return 0, 0, nil, err
	}
	defer func() { err = errors.Join(err, inner.Rollback(ctx)) }()
	if _, err := inner.Exec(ctx, `SET LOCAL search_path = pg_temp, tallystick; `+migrations.WithoutComments(p.Tables)); err != nil {
		return 0, 0, nil, fmt.Errorf("make tables for %s: %w", p.Name, err)
	}
	for from := int64(1); from <= b.Position; {
		page := Page{Ledger: ledger}
		var last int64
		if page.Events, last, err = codec.Page(ctx, inner, ledger, from, min(from+eventstore.PageMax-1, b.Position), p.selection()); err != nil {
			return 0, 0, nil, err
		}
		if len(page.Events) > 0 {
			if err := p.Apply(ctx, inner, page); err != nil {
				return 0, 0, nil, err
			}
		}
		from = last + 1
	}
	tables, err := List(ctx, inner, "list the tables of "+p.Name, pgx.RowTo[string], `
		SELECT c.relname
		FROM pg_class c
		WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r'
		ORDER BY c.relname`)
	for _, table := range tables {
		if err != nil {
			break
		}
		var d Difference
		var count, off int64
		if count, off, d, err = compareTable(ctx, inner, ledger, b, table); off > 0 && first == nil {
			first = &d
		}
		rows, differ = rows+count, differ+off
	}
	return rows, differ, first, err
}

// compareTable holds the rows of a temporary table against those of a version.
func compareTable(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, b Built, table string) (rows, differ int64, first Difference, err error) {
	again, stored := pgx.Identifier{"pg_temp", table}.Sanitize(), pgx.Identifier{b.Schema, table}.Sanitize()
	first.Table = table
	err = tx.QueryRow(ctx, fmt.Sprintf(`
		WITH again AS MATERIALIZED (SELECT t::text AS row FROM %s t),
		     stored AS MATERIALIZED (SELECT t::text AS row FROM %s t WHERE t.ledger_id = $1),
		     differ AS MATERIALIZED (
			(SELECT true AS has, s.row FROM stored s EXCEPT ALL SELECT true, a.row FROM again a)
			UNION ALL
			(SELECT false, a.row FROM again a EXCEPT ALL SELECT false, s.row FROM stored s))
		SELECT (SELECT count(*) FROM again), (SELECT count(*) FROM differ), coalesce(d.has, false), coalesce(d.row, '')
		FROM (SELECT) AS one
		LEFT JOIN (SELECT * FROM differ ORDER BY row COLLATE "C", has LIMIT 1) AS d ON true`, again, stored), [16]byte(ledger)).
		Scan(&rows, &differ, &first.Has, &first.Row)
	if err != nil {
		return 0, 0, first, fmt.Errorf("compare %s of %s: %w", table, b.Version, err)
	}
	return rows, differ, first, nil
}
