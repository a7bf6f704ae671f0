package projections

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// TestBusyLedgerStarvesNone covers T12: the pages of a ledger that always has more take turns with those of others, and
// ledgers without events are in nobody's way.
func TestBusyLedgerStarvesNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 12 { // the busy one, whose pages are all full
		b.appendTo(b.ledger, allocations("busy", 500*i, 500))
	}
	var quiet []eventstore.Ledger
	for i := range 20 {
		quiet = append(quiet, b.newLedger(fmt.Sprintf("quiet %d", i)))
		b.newLedger(fmt.Sprintf("empty %d", i))
		b.appendTo(quiet[i], group{{seating.Stream("acme"), events(seat("ann"))}})
	}
	var pages, ofQuiet, busyBefore atomic.Int64
	watching := Seats.with(func(_ context.Context, apply func() error, page Page) error {
		pages.Add(1)
		if page.Ledger != b.ledger.ID && ofQuiet.Add(1) == int64(len(quiet)) {
			busyBefore.Store(pages.Load() - int64(len(quiet)))
		}
		return apply()
	})
	p := b.run(only(watching), polling(never))
	p.read("seats", b.tail(), nothing)
	for _, ledger := range quiet {
		p.readOf(ledger.ID, "seats", 1, nothing)
	}
	if busyBefore.Load() > 1 {
		t.Errorf("%d pages of the busy ledger went before the last quiet one", busyBefore.Load())
	}
	b.expectRows(Seats, 1)
}

func (b *bench) tail() int64 {
	tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return tail
}

// TestMoreLedgersThanALookTakesIn has news in so many ledgers that chance decides which of them are looked at.
func TestMoreLedgersThanALookTakesIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		SELECT gen_random_uuid(), 'many ' || n, 'sandbox', now(), now()
		FROM generate_series(1, $1) AS n`, 3*askMax)
	b.forge(`
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		SELECT ledger_id, 1, 1, gen_random_uuid(), 'seating:acme', 1, 'seating.allocated.v1', 1, now(), now(), 'tester',
		       gen_random_uuid(), 'test', '{"member":"ann","role":"member","since":"2026-01-31T09:30:00Z"}', sha256('')
		FROM tallystick.ledgers`)
	p := b.run(only(Seats), polling(never))
	eventually(t, "all ledgers are applied", func() bool {
		return oneOf[int](b, `SELECT count(*) FROM tallystick.projection_checkpoints`) == 3*askMax+1
	})
	if n := oneOf[int](b, `SELECT count(*) FROM seats_1.members`); n != 3*askMax+1 {
		t.Errorf("%d members", n)
	}
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}

// TestOthersTransactionsDelayNothing covers T16: an idle transaction that has written and an idle snapshot stop neither
// pages nor queries.
func TestOthersTransactionsDelayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	p.await(b.append(seating.Stream("acme"), seat("ann")))
	begin := func(options pgx.TxOptions, sql string) pgx.Tx {
		tx, err := b.admin.BeginTx(b.ctx, options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(b.ctx, sql); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	writer := begin(pgx.TxOptions{}, `CREATE TABLE other (n int); INSERT INTO other VALUES (1)`)
	reader := begin(pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, `SELECT count(*) FROM tallystick.events, seats_1.members`)
	p.await(b.append(seating.Stream("acme"), seat("bob")))
	if _, err := p.rebuild("seats", nil); err != nil {
		t.Error(err)
	}
	p.await(b.append(seating.Stream("acme"), seat("cid")))
	for _, tx := range []pgx.Tx{writer, reader} {
		if err := tx.Rollback(b.ctx); err != nil {
			t.Error(err)
		}
	}
	b.expectRows(Seats, 2)
}

// TestLooksAreCheap covers T18: with 100 000 events waiting and nothing known to the planner, what looks for pages goes
// by indexes, and sorts ledgers at most.
func TestLooksAreCheap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.prepare(only(Seats))
	b.exec(`
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		SELECT gen_random_uuid(), 'many ' || n, 'sandbox', now(), now()
		FROM generate_series(1, 3000) AS n`)
	b.forge(`
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		SELECT $1, n, n, gen_random_uuid(), 'seating:acme', n, 'seating.allocated.v1', 1, now(), now(), 'tester',
		       gen_random_uuid(), 'test', '{}', sha256(int8send(n))
		FROM generate_series(1, 100000) AS n`, b.ledger.ID)
	// Others have caught up, one of them in small pages.
	b.exec(`
		INSERT INTO tallystick.projection_checkpoints
		SELECT l.ledger_id, p.name, 1, n, n, sha256(''), now()
		FROM tallystick.ledgers l
		CROSS JOIN (VALUES ('seats'), ('licences')) AS p (name)
		CROSS JOIN generate_series(1, CASE WHEN l.name = 'many 7' THEN 2000 ELSE 1 END) AS n
		WHERE l.ledger_id <> $1`, b.ledger.ID)
	v := version{projection: "seats", number: 1, revision: 1}
	r := &runner{engine: p.Engine, projection: Seats, version: v}
	w := newWaker(b.ctx, p.log, never, r.sweep)
	for _, ledger := range append(b.someLedgers(askMax-1), b.ledger.ID) {
		w.heard(ledger)
	}
	look := eventstore.Feed{}.SelectQuery(eventstore.Topic, v.String(), offsets{v, w})
	for _, analyzed := range []bool{false, true} {
		if analyzed {
			b.exec(`VACUUM ANALYZE`)
		}
		for name, plan := range map[string]string{
			"look":  b.explain(look.Query, look.Args...),
			"sweep": b.explain(sweepQuery, "seats", 1),
		} {
			for _, line := range strings.Split(plan, "\n") {
				if strings.Contains(line, "Seq Scan on events") || strings.Contains(line, "Seq Scan on projection_checkpoints") ||
					strings.Contains(line, "Hash Join") || strings.Contains(line, "Sort Method: external") {
					t.Errorf("%s, analyzed %v, has %s:\n%s", name, analyzed, strings.TrimSpace(line), plan)
				}
			}
		}
	}
}

// forge writes events behind the back of the function that alone may, as only a superuser can.
func (b *bench) forge(sql string, args ...any) {
	b.t.Helper()
	b.exec(`ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`)
	b.exec(sql, args...)
	b.exec(`ALTER TABLE tallystick.events ENABLE ALWAYS TRIGGER refuse_rewriting`)
}

func (b *bench) someLedgers(n int) (ids []uuid.UUID) {
	b.t.Helper()
	ledgers, err := eventstore.Ledgers(b.ctx, b.admin)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, ledger := range ledgers[1 : n+1] {
		ids = append(ids, ledger.ID)
	}
	return ids
}

func (b *bench) explain(sql string, args ...any) string {
	b.t.Helper()
	rows, err := b.admin.Query(b.ctx, `EXPLAIN (ANALYZE, BUFFERS) `+sql, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
