package projections

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// dump is every row of every table in a schema, byte for byte, in the order of its text, which begins with the key.
func dump(t testing.TB, db querier, schema string) string {
	t.Helper()
	ctx := context.Background()
	rows, err := db.Query(ctx, `SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, schema)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) == 0 {
		t.Fatalf("schema %s has no tables", schema)
	}
	var text strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&text, "%s:\n", table)
		rows, err := db.Query(ctx, fmt.Sprintf(`SELECT t::text FROM %s.%s t ORDER BY t::text COLLATE "C"`, schema, table))
		if err != nil {
			t.Fatal(err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range found {
			fmt.Fprintf(&text, "  %s\n", row)
		}
	}
	return text.String()
}

// dumpVersion is the rows of a version of a projection.
func (b *bench) dumpVersion(name string, number int) string {
	b.t.Helper()
	return dump(b.t, b.admin, version{projection: name, number: number}.schema())
}

// scratch makes version 1 of read models without an engine.
func scratch(t testing.TB, b *bench, projections ...Projection) {
	t.Helper()
	for _, p := range projections {
		tables, err := migrations.ReadModel(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		schema := version{projection: p.Name, number: 1}.schema()
		b.exec(`CREATE SCHEMA ` + schema + `; SET search_path = ` + schema + `; ` + tables + `; RESET search_path`)
	}
}

// applyPages applies pages as an engine would, in a transaction that somebody else ends.
func applyPages(ctx context.Context, tx pgx.Tx, p Projection, pages []Page) error {
	v := version{projection: p.Name, number: 1}
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, v.searchPath()); err != nil {
		return err
	}
	for _, page := range pages {
		if err := p.Apply(ctx, tx, page); err != nil {
			return err
		}
	}
	return nil
}

// withoutLedger makes the dumps of two ledgers comparable.
func withoutLedger(dump string, ledger uuid.UUID) string {
	return strings.ReplaceAll(dump, ledger.String(), "ledger")
}

// expected are the rows that a read model must have of the whole log, applied all at once and without an engine.
func (b *bench) expected(p Projection) string {
	b.t.Helper()
	tx, err := b.admin.Begin(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(b.ctx) }()
	tables, err := migrations.ReadModel(p.Name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := tx.Exec(b.ctx, `CREATE SCHEMA expected; SET LOCAL search_path = expected; `+tables); err != nil {
		b.t.Fatal(err)
	}
	ledgers, err := eventstore.Ledgers(b.ctx, tx)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, ledger := range ledgers {
		events, err := b.codec.After(b.ctx, tx, ledger.ID, 0, eventstore.Filter{}, 1_000_000)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := p.Apply(b.ctx, tx, Page{Ledger: ledger.ID, Events: events}); err != nil {
			b.t.Fatal(err)
		}
	}
	return dump(b.t, tx, "expected")
}

// expectRows holds a version of a read model against the log.
func (b *bench) expectRows(p Projection, number int) {
	b.t.Helper()
	if diff := cmp.Diff(b.expected(p), b.dumpVersion(p.Name, number)); diff != "" {
		b.t.Errorf("%s@%d (-want +got):\n%s", p.Name, number, diff)
	}
}

// expectDense holds checkpoints against what is always true of them.
func (b *bench) expectDense() {
	b.t.Helper()
	torn := oneOf[int](b, `
		SELECT count(*)
		FROM (
			SELECT from_position, lag(to_position) OVER (
				PARTITION BY ledger_id, projection, version ORDER BY from_position) AS before
			FROM tallystick.projection_checkpoints
		) AS c
		WHERE before IS NOT NULL AND from_position <> before + 1`)
	if torn > 0 {
		b.t.Errorf("%d checkpoints do not follow on the one before", torn)
	}
}
