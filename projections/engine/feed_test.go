package engine

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestBusyLedgerStarvesNone lets the pages of a ledger that always has more take turns with those of others. Ledgers
// without events are in nobody's way.
func TestBusyLedgerStarvesNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 12 { // the busy one, whose pages are all full
		b.AppendTo(b.Ledger, crowd("busy", 500*i, 500))
	}
	var quiet []eventstore.Ledger
	for i := range 20 {
		quiet = append(quiet, b.NewLedger(fmt.Sprintf("quiet %d", i)))
		b.NewLedger(fmt.Sprintf("empty %d", i))
		b.AppendTo(quiet[i], testbed.To(room("acme"), entered{"ann"}))
	}
	var pages, ofQuiet, busyBefore atomic.Int64
	watching := rooms.with(func(_ context.Context, apply func() error, page Page) error {
		pages.Add(1)
		if page.Ledger != b.Ledger.ID && ofQuiet.Add(1) == int64(len(quiet)) {
			busyBefore.Store(pages.Load() - int64(len(quiet)))
		}
		return apply()
	})
	p := b.run(only(watching), polling(never))
	p.read("rooms", b.Tail(), nothing)
	for _, ledger := range quiet {
		p.readOf(ledger.ID, "rooms", 1, nothing)
	}
	if busyBefore.Load() > 1 {
		t.Errorf("%d pages of the busy ledger went before the last quiet one", busyBefore.Load())
	}
	b.expectRows(rooms, 1)
}

// TestMoreLedgersThanALookTakesIn has news in so many ledgers that chance decides which of them a look takes in.
func TestMoreLedgersThanALookTakesIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Exec(`
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		SELECT gen_random_uuid(), 'many ' || n, 'sandbox', now(), now()
		FROM generate_series(1, $1) AS n`, askMax+50)
	b.Forge(`
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		SELECT ledger_id, 1, 1, gen_random_uuid(), 'room:acme', 1, 'room.entered.v1', 1, now(), now(), 'tester',
		       gen_random_uuid(), 'test', '{"member":"ann","role":"member","since":"2026-01-31T09:30:00Z"}', sha256('')
		FROM tallystick.ledgers`)
	p := b.run(only(rooms), polling(never))
	testbed.Eventually(t, "all ledgers are applied", func() bool {
		return testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_checkpoints`) == askMax+51
	})
	if n := testbed.One[int](b.Bench, `SELECT count(*) FROM rooms_1.guests`); n != askMax+51 {
		t.Errorf("%d members", n)
	}
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}

// TestOthersTransactionsDelayNothing holds that an idle transaction that has written and an idle snapshot delay neither
// pages nor queries.
func TestOthersTransactionsDelayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	p.await(b.enter("acme", "ann"))
	begin := func(options pgx.TxOptions, sql string) pgx.Tx {
		tx, err := b.Admin.BeginTx(b.Ctx, options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(b.Ctx, sql); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	writer := begin(pgx.TxOptions{}, `CREATE TABLE other (n int); INSERT INTO other VALUES (1)`)
	reader := begin(pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, `SELECT count(*) FROM tallystick.events, rooms_1.guests`)
	p.await(b.enter("acme", "bob"))
	if _, err := p.rebuild("rooms", nil); err != nil {
		t.Error(err)
	}
	p.await(b.enter("acme", "cid"))
	for _, tx := range []pgx.Tx{writer, reader} {
		if err := tx.Rollback(b.Ctx); err != nil {
			t.Error(err)
		}
	}
	b.expectRows(rooms, 2)
}

// TestLooksAreCheap has 100 000 events waiting, at first without statistics for the planner. Looks and sweeps go by
// indexes, and sort ledgers at most.
func TestLooksAreCheap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.prepare(only(rooms))
	b.Exec(`
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		SELECT gen_random_uuid(), 'many ' || n, 'sandbox', now(), now()
		FROM generate_series(1, 3000) AS n`)
	b.Forge(`
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		SELECT $1, n, n, gen_random_uuid(), 'room:acme', n, 'room.entered.v1', 1, now(), now(), 'tester',
		       gen_random_uuid(), 'test', '{}', sha256(int8send(n))
		FROM generate_series(1, 100000) AS n`, b.Ledger.ID)
	// Others have caught up, one of them in small pages.
	b.Exec(`
		INSERT INTO tallystick.projection_checkpoints
		SELECT l.ledger_id, p.name, 1, n, n, sha256(''), now()
		FROM tallystick.ledgers l
		CROSS JOIN (VALUES ('rooms'), ('visits')) AS p (name)
		CROSS JOIN generate_series(1, CASE WHEN l.name = 'many 7' THEN 2000 ELSE 1 END) AS n
		WHERE l.ledger_id <> $1`, b.Ledger.ID)
	v := version{projection: "rooms", number: 1, revision: 1}
	w := newWaker(b.Ctx, p.log)
	for _, ledger := range append(b.someLedgers(askMax-1), b.Ledger.ID) {
		w.heard(ledger)
	}
	look := eventstore.Feed{}.SelectQuery(eventstore.Topic, v.String(), offsets{v, w})
	cheap := func(name, plan string) {
		t.Run(name, func(t *testing.T) {
			for _, line := range strings.Split(plan, "\n") {
				if strings.Contains(line, "Seq Scan on events") || strings.Contains(line, "Seq Scan on projection_checkpoints") ||
					strings.Contains(line, "Hash Join") || strings.Contains(line, "Sort Method: external") {
					t.Errorf("the plan has %s:\n%s", strings.TrimSpace(line), plan)
				}
			}
		})
	}
	cheap("look", b.explain(look.Query, look.Args...))
	cheap("sweep", b.explain(sweepQuery, [16]byte{}, sweepMax))
	cheap("troubled", b.explain(troubledQuery, [16]byte{}, sweepMax))
	b.Exec(`VACUUM ANALYZE`)
	cheap("look once analyzed", b.explain(look.Query, look.Args...))
	cheap("sweep once analyzed", b.explain(sweepQuery, [16]byte{}, sweepMax))
	cheap("troubled once analyzed", b.explain(troubledQuery, [16]byte{}, sweepMax))
}

func (b *bench) someLedgers(n int) (ids []uuid.UUID) {
	b.T.Helper()
	ledgers, err := eventstore.Ledgers(b.Ctx, b.Admin)
	if err != nil {
		b.T.Fatal(err)
	}
	for _, ledger := range ledgers[1 : n+1] {
		ids = append(ids, ledger.ID)
	}
	return ids
}

func (b *bench) explain(sql string, args ...any) string {
	b.T.Helper()
	rows, err := b.Admin.Query(b.Ctx, `EXPLAIN (ANALYZE, BUFFERS) `+sql, args...)
	if err != nil {
		b.T.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.T.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
