package migrations_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

// A ledger that holds an event from beyond the year 2200 is migrated, and takes only events of our time from then on.
func TestEventsTakeEffectInOurTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stored    string
		validated bool
	}{
		"a sound ledger":    {`now()`, true},
		"a poisoned ledger": {`'9999-12-31'`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Empty(t)
			conn := connect(t, url)
			exec(t, conn, `CREATE SCHEMA tallystick`)
			upTo(t, url, 6)
			exec(t, conn, eventAt(test.stored))
			if _, err := migrations.Up(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			var validated bool
			err := conn.QueryRow(t.Context(), `SELECT convalidated FROM pg_constraint WHERE conname = 'events_effective_at_range'`).Scan(&validated)
			if err != nil || validated != test.validated {
				t.Errorf("the rule is validated: %v, %v", validated, err)
			}
			exec(t, conn, `ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`)
			exec(t, conn, eventAt(`'2200-12-31 23:59:59.999999+00'`))
			exec(t, conn, eventAt(`'1970-01-01 00:00:00+00'`))
			for _, at := range []string{`'1969-12-31 23:59:59+00'`, `'2201-01-01 00:00:00+00'`, `'infinity'`} {
				if _, err := conn.Exec(t.Context(), eventAt(at)); err == nil || !strings.Contains(err.Error(), "events_effective_at_range") {
					t.Errorf("an event at %s: %v", at, err)
				}
			}
		})
	}
}

func eventAt(effective string) string {
	return strings.Replace(insertEvent, "now(), now()", "now(), "+effective, 1)
}

// upTo applies the first numbered migrations alone.
func upTo(t *testing.T, url string, version int64) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["search_path"] = migrations.Schema
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}
