package engine

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/jackc/pgx/v5"
	"github.com/tallystick/tallystick/eventstore"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestOtherProcessesAreTold runs an engine that never polls and hears nothing in its own process. It applies what
// another engine tells it.
func TestOtherProcessesAreTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var applied atomic.Int64
	b.run(polling(never), only(rooms.with(func(_ context.Context, apply func() error, page Page) error {
		applied.Add(int64(len(page.Events)))
		return apply()
	})))
	testbed.Eventually(t, "it listens", func() bool { return b.listeners() == 1 })
	writing := b.run(only()) // as a process that serves the API only
	const appends = 20
	for i := range appends {
		last := b.enter("acme", string(rune('a'+i)))
		writing.Appended(b.Ledger.ID, last)
		// Whoever reads from the engine would make it look.
		testbed.Eventually(t, "it has heard", func() bool { return b.applied("rooms") == last })
	}
	if n := applied.Load(); n != appends {
		t.Errorf("%d events applied", n)
	}
	// Versions are told of as well: the engine that runs no projection asks for a rebuild.
	asking := b.prepare(only(rooms), polling(never))
	if name, err := asking.rebuild("rooms", nil); err != nil || name != "rooms@2" {
		t.Errorf("rebuild: %s, %v", name, err)
	}
}

// listeners counts the processes that listen in the bench's database.
func (b *bench) listeners() int {
	b.T.Helper()
	return testbed.One[int](b.Bench, `
		SELECT count(*)
		FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
}

// TestListenerIsKilled holds that polling goes on while nobody listens, and that somebody listens again.
func TestListenerIsKilled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms), polling(50*time.Millisecond))
	testbed.Eventually(t, "it listens", func() bool { return b.listeners() == 1 })
	for i := range 3 {
		before := b.listener()
		b.Exec(`SELECT pg_terminate_backend($1)`, before)
		// Nobody tells the engine of this one.
		p.await(b.enter("acme", string(rune('a'+i))))
		testbed.Eventually(t, "it listens again", func() bool { return b.listeners() == 1 && b.listener() != before })
	}
}

func (b *bench) listener() int {
	b.T.Helper()
	return testbed.One[int](b.Bench, `
		SELECT coalesce(max(pid), 0)
		FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
}

// TestConnectionsAreKilled breaks all connections of an engine again and again.
func TestConnectionsAreKilled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms, visits), polling(50*time.Millisecond))
	load := b.appending(b.Ledger, "acme", p)
	for range 5 {
		before := b.applied("rooms")
		b.Exec(`
			SELECT pg_terminate_backend(pid)
			FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'tallystick engine'`)
		testbed.Eventually(t, "it goes on", func() bool { return b.applied("rooms") > before })
	}
	// Whoever takes a killed connection from the pool meets an error, once.
	last := load.stop()
	for _, projection := range p.projections {
		testbed.Eventually(t, projection.Name+" is read", func() bool {
			_, err := p.Read(b.Ctx, projection.Name, b.Ledger.ID, last, func(ctx context.Context, tx pgx.Tx, _ int64) error { return nothing(ctx, tx) })
			return err == nil
		})
	}
	b.expectRows(rooms, 1)
	b.expectRows(visits, 1)
	b.expectDense()
	testbed.Eventually(t, "nothing fails any more", func() bool { return p.reportsFailing() == "" })
}

// applied gives the position of a projection, as a superuser sees it.
func (b *bench) applied(name string) int64 {
	b.T.Helper()
	return testbed.One[int64](b.Bench, `
		SELECT coalesce(max(to_position), 0)
		FROM tallystick.projection_checkpoints
		WHERE projection = $1`, name)
}

// TestNothingIsLeftRunning starts and stops an engine at every moment of its life. It is not parallel, so that every
// goroutine there is belongs to it.
func TestNothingIsLeftRunning(t *testing.T) {
	b := setup(t)
	b.AppendTo(b.Ledger, crowd("acme", 0, 2000))
	b.run().await(b.Tail())
	before := goleak.IgnoreCurrent()
	for i := range 20 {
		p := b.run()
		time.Sleep(time.Duration(i) * 3 * time.Millisecond) // whatever is under way then
		p.stop()
		p.pool.Close()
		p.feed.Close()
	}
	testbed.Eventually(t, "nothing runs", func() bool { return goleak.Find(before) == nil })
}

// TestNotificationsFit holds that Postgres takes every message, however many ledgers have news.
func TestNotificationsFit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.prepare(only())
	const ledgers = 2*notifyWordsMax + 1
	for range ledgers {
		p.Appended(uuid.New(), 1)
	}
	told := 0
	for _, news := range p.news.take() {
		told += len(news)
		if err := p.tell(b.Ctx, p.pool, news...); err != nil {
			t.Error(err)
		}
	}
	if told != ledgers || len(p.news.take()) > 0 {
		t.Errorf("%d ledgers told of", told)
	}
}

// TestWaker tries which ledgers a look takes in.
func TestWaker(t *testing.T) {
	t.Parallel()
	one, two := uuid.New(), uuid.New()
	w := newWaker(t.Context(), slog.New(slog.DiscardHandler))
	expect := func(want ...uuid.UUID) {
		t.Helper()
		asked := map[uuid.UUID]bool{}
		for _, ledger := range w.ask() {
			asked[ledger] = true
		}
		if len(asked) != len(want) {
			t.Fatalf("asked for %v, want %v", asked, want)
		}
		for _, ledger := range want {
			if !asked[ledger] {
				t.Fatalf("asked for %v, want %v", asked, want)
			}
		}
	}
	expect()
	w.heard(one)
	w.HandleError(nil, false, nil)
	expect(one)
	w.heard(one) // while the look is under way
	w.HandleError(nil, true, nil)
	expect(one) // so it is looked at again
	w.heard(two)
	expect(one, two)
	w.applied(eventstore.PageRange{Ledger: one, From: 1, To: eventstore.PageMax}, false)
	expect(one, two) // a full page: there is more
	for _, idle := range []bool{true, false} {
		w.applied(eventstore.PageRange{Ledger: one, From: 1001, To: 1002}, idle)
		expect(two) // it keeps up, so its next page may fill
		w.heard(one)
		expect(two)
		w.hurry(one)
		expect(one, two)
	}
	w.failed(one, time.Minute)
	w.hurry(one)
	w.hurryAll()
	expect(two) // its page failed, and nobody gets it earlier
	w.failed(two, time.Minute)
	expect()
}

// TestWakerForgets holds that a waker remembers few ledgers, tells that it missed others, and takes them later.
func TestWakerForgets(t *testing.T) {
	t.Parallel()
	w := newWaker(t.Context(), slog.New(slog.DiscardHandler))
	for range dueMax {
		w.heard(uuid.New())
	}
	if w.takesMissed() {
		t.Error("missed before it is full")
	}
	w.heard(uuid.New())
	if len(w.due) != dueMax || w.takesMissed() {
		t.Errorf("%d ledgers are due", len(w.due))
	}
	for len(w.due) > 0 {
		w.ask()
		w.forgetAsked()
	}
	if !w.takesMissed() || w.takesMissed() {
		t.Error("what was missed is not taken once")
	}
	if w.most != 0 {
		t.Error("the room of what was due is kept")
	}
}
