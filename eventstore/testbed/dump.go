package testbed

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// Dump gives every row of every table in a schema, byte for byte, in the order of its text, which begins with the key.
func Dump(t testing.TB, db eventstore.Querier, schema string) string {
	t.Helper()
	tables := texts(t, db, `SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, schema)
	if len(tables) == 0 {
		t.Fatalf("schema %s has no tables", schema)
	}
	var dump strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&dump, "%s:\n", table)
		for _, row := range texts(t, db, fmt.Sprintf(`SELECT t::text FROM %s.%s t ORDER BY t::text COLLATE "C"`, schema, table)) {
			fmt.Fprintf(&dump, "  %s\n", row)
		}
	}
	return dump.String()
}

func texts(t testing.TB, db eventstore.Querier, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}
