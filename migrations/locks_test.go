package migrations_test

import (
	"context"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

// A migration gives way to who uses a table, and to whoever asks for it meanwhile.
func TestAMigrationHoldsUpNobody(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	reader, other := connect(t, url), connect(t, url)
	exec(t, reader, `CREATE SCHEMA tallystick`)
	upTo(t, url, 10)
	exec(t, reader, `BEGIN; SELECT count(*) FROM tallystick.projection_versions`)
	migrated := make(chan error, 1)
	go func() {
		_, err := migrations.Up(context.WithoutCancel(t.Context()), url)
		migrated <- err
	}()
	const asks = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'ALTER TABLE projection_versions' AND datname = current_database()`
	for deadline, waits := time.Now().Add(pgtest.Patience), 0; waits == 0; {
		if err := other.QueryRow(t.Context(), asks).Scan(&waits); err != nil || time.Now().After(deadline) {
			t.Fatalf("the migration does not wait: %v", err)
		}
	}
	exec(t, other, `SELECT count(*) FROM tallystick.projection_versions`)
	exec(t, reader, `COMMIT`)
	if err := <-migrated; err != nil {
		t.Error(err)
	}
}
