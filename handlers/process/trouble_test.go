package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/engine"
)

// exec changes the database behind the program's back.
func (b *bench) exec(query string, args ...any) {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	_, err = conn.Exec(b.ctx, query, args...)
	b.must(err)
}

// claim puts a deadline into the read model by which its stream knows of nothing to do.
func (b *bench) claim(ledger eventstore.Ledger, stream domain.Stream, due time.Time) {
	b.t.Helper()
	b.exec(`INSERT INTO deadlines_1.deadlines (ledger_id, stream, subject, kind, due_at, live) VALUES ($1, $2, 'nobody', 'x', $3, $4)`,
		[16]byte(ledger.ID), string(stream), due, ledger.Mode == eventstore.ModeLive)
}

// standStill stops the read model on a ledger at what comes next, as an event does that can't be applied.
func (p *program) standStill(ledger eventstore.Ledger) {
	p.bench.t.Helper()
	tail, err := eventstore.Tail(p.bench.ctx, p.pool, ledger.ID)
	p.bench.must(err)
	testbed.Eventually(p.bench.t, "the read model has all there is", func() bool { return p.engine.Await(p.bench.ctx, ledger.ID, tail) == nil })
	p.bench.exec(`
		INSERT INTO tallystick.projection_failures (ledger_id, projection, version, status, from_position, attempts, retry_at, error)
		VALUES ($1, 'deadlines', 1, 'stopped', $2, 1, now(), 'made up')`, [16]byte(ledger.ID), tail+1)
}

// periodEnd returns the instant until which a workspace is billed.
func (p *program) periodEnd(ledger eventstore.Ledger, workspace string) time.Time {
	p.bench.t.Helper()
	var end time.Time
	c := made("test", Caller{Actor: "tester"}, command.Command[struct{}]{
		Resource: subscription.Stream(workspace), Reads: []domain.Stream{subscription.Stream(workspace)},
		Decide: func(d *eventstore.Decision) (struct{}, error) {
			end = eventstore.StateOf[subscription.State](d, subscription.Stream(workspace)).CurrentPeriod.End
			return struct{}{}, nil
		},
	})
	c.DryRun = true
	_, err := p.store.Execute(p.bench.ctx, ledger, c)
	p.bench.must(err)
	return end
}

// A deadline by which nothing happens, and one of which nothing is known, are tried, logged and left alone. All others
// are carried out meanwhile.
func TestUselessDeadlinesAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("live", eventstore.ModeLive)
	p.open(ledger, 2)
	b.claim(ledger, "seating:nobody", begin)
	b.claim(ledger, "subscription:nobody", begin)
	b.claim(ledger, "weather:today", begin)
	b.goTo(begin.AddDate(0, 1, 1))
	if err := p.sweep(b.ctx); err == nil {
		t.Error("a deadline of which nothing is known was not reported")
	}
	b.must(p.sweep(b.ctx))
	for _, workspace := range []string{"w0", "w1"} {
		if end := p.periodEnd(ledger, workspace); !end.After(b.now()) {
			t.Errorf("%s is billed until %v", workspace, end)
		}
	}
	if left := len(p.parkedIn(ledger.ID)); left != 3 {
		t.Errorf("%d deadlines are left alone, want 3", left)
	}
	b.goTo(b.now().Add(parkedFor))
	if left := len(p.parkedIn(ledger.ID)); left != 0 {
		t.Errorf("%d deadlines are left alone for ever", left)
	}
}

// A fault stops an advance where it stands, once all else that is due then is done, and every time.
func TestAdvanceStopsAtAFault(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.open(ledger, 2)
	due := p.periodEnd(ledger, "w0")
	b.claim(ledger, "weather:today", due)
	for range 2 {
		if _, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(1, 0, 0)); err == nil {
			t.Error("the clock went on behind a fault")
		}
		tail, err := eventstore.Tail(b.ctx, p.pool, ledger.ID)
		b.must(err)
		if at, err := ledger.ClockAt(b.ctx, p.pool, tail, b.now()); err != nil || !at.Equal(due) {
			t.Errorf("the clock stands at %v, %v; want %v", at, err, due)
		}
		if end := p.periodEnd(ledger, "w1"); !end.After(due) {
			t.Errorf("w1 is billed until %v", end)
		}
	}
}

// A ledger whose read model stands still holds up no other, and an advance says in time why it can't go on.
func TestReadModelThatStandsStill(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.waiting(time.Millisecond)
	stuck, healthy := b.ledger("stuck", eventstore.ModeLive), b.ledger("healthy", eventstore.ModeLive)
	sandbox := b.ledger("sandbox", eventstore.ModeSandbox)
	for _, ledger := range []eventstore.Ledger{stuck, healthy, sandbox} {
		p.open(ledger, 1)
	}
	p.standStill(stuck)
	p.standStill(sandbox)
	b.goTo(begin.AddDate(0, 1, 1))
	var behind *engine.BehindError
	if err := p.sweep(b.ctx); !errors.As(err, &behind) {
		t.Errorf("%v, want that a read model is behind", err)
	}
	testbed.Eventually(t, "the other ledger is billed", func() bool {
		_ = p.sweep(b.ctx) // of the ledger that is stuck
		return p.periodEnd(healthy, "w0").After(b.now())
	})
	if _, err := p.Advance(b.ctx, sandbox, Caller{Actor: "tester"}, begin.AddDate(1, 0, 0)); !errors.As(err, &behind) {
		t.Errorf("%v, want that a read model is behind", err)
	}
}

// More sandboxes advance at once than the process has connections, and some callers give up. None waits for another for
// ever, and no lease is left behind.
func TestManyAdvanceAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ctx, cancel := context.WithTimeout(b.ctx, pgtest.Patience)
	defer cancel()
	var advancing sync.WaitGroup
	for i := range 2 * connections {
		ledger := b.ledger(fmt.Sprint("sandbox-", i), eventstore.ModeSandbox)
		p.open(ledger, 1)
		advancing.Go(func() {
			impatient, giveUp := context.WithTimeout(ctx, time.Duration(i)*time.Millisecond)
			_, _ = p.Advance(impatient, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 2, 0))
			giveUp()
			if _, err := p.Advance(ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 2, 0)); err != nil {
				t.Errorf("%s: %v", ledger.Name, err)
			}
		})
	}
	advancing.Wait()
	// One that could not be given back in time does not count any more by then.
	if held := b.leases(); held != 0 {
		t.Errorf("%d leases are left", held)
	}
}

// leases counts the leases that somebody holds or has left behind.
func (b *bench) leases() (n int) {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	b.must(conn.QueryRow(b.ctx, `SELECT count(*) FROM tallystick.leases WHERE expires_at > clock_timestamp()`).Scan(&n))
	return n
}

// endless lets no lease that is held now expire by itself.
func (b *bench) endless() {
	b.t.Helper()
	b.exec(`UPDATE tallystick.leases SET expires_at = 'infinity'`)
}

// expire lets all leases be as old as if their holders had stood still.
func (b *bench) expire() {
	b.t.Helper()
	b.exec(`UPDATE tallystick.leases SET expires_at = now()`)
}

// A lease goes to whoever asks next when its holder has not renewed it, however frozen that is; that both work on the ledger
// then does no harm.
func TestLeaseExpires(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.program(), b.program()
	whole, frozen := b.ledger("whole", eventstore.ModeSandbox), b.ledger("frozen", eventstore.ModeSandbox)
	by, end := Caller{Actor: "tester"}, begin.AddDate(0, 6, 0)
	for _, ledger := range []eventstore.Ledger{whole, frozen} {
		one.open(ledger, 3)
	}
	_, err := one.Advance(b.ctx, whole, by, end)
	b.must(err)
	first, second := one.newLease(frozen.ID), two.newLease(frozen.ID)
	try := func(l *lease, want bool) {
		t.Helper()
		if held, err := l.try(b.ctx); held != want || err != nil {
			t.Fatalf("held: %v, %v; want %v", held, err, want)
		}
	}
	try(first, true)
	b.endless()
	try(second, false)
	try(first, true) // renewed
	b.expire()
	try(second, true)
	b.endless()
	try(first, false)
	first.release(b.ctx) // of what is another's now
	if n := b.leases(); n != 1 {
		t.Fatalf("%d leases, want that of the second", n)
	}
	b.expire()
	var racing sync.WaitGroup
	racing.Go(func() {
		if _, err := two.Advance(b.ctx, frozen, by, end); err != nil {
			t.Error(err)
		}
	})
	r := one.newRound(frozen, 0)
	for arrived := false; !arrived; {
		var err error
		if arrived, err = r.leap(b.ctx, by, end); err != nil {
			t.Fatal(err)
		}
	}
	b.must(r.stop(b.ctx, by, end))
	racing.Wait()
	b.same("frozen", whole, frozen)
}

// While as many sandboxes advance as may at once, and more wait, the deadlines of live ledgers are carried out.
func TestAdvancingHoldsUpNoLiveLedger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	live := b.ledger("live", eventstore.ModeLive)
	p.open(live, 1)
	for range cap(p.advances) {
		p.advances <- struct{}{}
	}
	for i := range cap(p.advances) {
		held := p.newLease(b.ledger(fmt.Sprint("sandbox-", i), eventstore.ModeSandbox).ID)
		if ok, err := held.try(b.ctx); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	b.goTo(begin.AddDate(0, 1, 1))
	p.sweepUntilDone(live)
	if at := p.periodEnd(live, "w0"); !at.After(b.now()) {
		t.Errorf("billed until %v", at)
	}
}

// An advance that waits for a lease, because another process works on its sandbox, keeps no other from its turn.
func TestWaitingForALeaseTakesNoTurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ctx, giveUp := context.WithCancel(b.ctx)
	var waiting sync.WaitGroup
	for i := range 2 * cap(p.advances) {
		ledger := b.ledger(fmt.Sprint("taken-", i), eventstore.ModeSandbox)
		elsewhere := p.newLease(ledger.ID)
		if held, err := elsewhere.try(b.ctx); !held || err != nil {
			t.Fatal(held, err)
		}
		b.endless()
		waiting.Go(func() {
			if _, err := p.Advance(ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 1, 0)); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want that it waits", err)
			}
		})
	}
	free := b.ledger("free", eventstore.ModeSandbox)
	p.open(free, 1)
	if _, err := p.Advance(b.ctx, free, Caller{Actor: "tester"}, begin.AddDate(0, 2, 0)); err != nil {
		t.Error(err)
	}
	giveUp()
	waiting.Wait()
}

// A live ledger whose round takes long holds up no other: their rounds run side by side.
func TestRoundsRunSideBySide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	slow, quick := b.ledger("slow", eventstore.ModeLive), b.ledger("quick", eventstore.ModeLive)
	p.open(slow, 1)
	p.open(quick, 1)
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	_, err = conn.Exec(b.ctx, `SELECT pg_advisory_lock(1, hashtext($1::uuid::text))`, [16]byte(slow.ID))
	b.must(err)
	b.goTo(begin.AddDate(0, 1, 1))
	testbed.Eventually(t, "the quick ledger is billed", func() bool {
		b.must(p.Deadlines.sweep(b.ctx, func(err error) { t.Error(err) }))
		return p.periodEnd(quick, "w0").After(b.now())
	})
	if at := p.periodEnd(slow, "w0"); at.After(b.now()) {
		t.Errorf("the slow ledger is billed until %v, behind a lock", at)
	}
	_, err = conn.Exec(b.ctx, `SELECT pg_advisory_unlock_all()`)
	b.must(err)
	p.roundsEnd.Wait()
	p.sweepUntilDone(slow)
	if at := p.periodEnd(slow, "w0"); !at.After(b.now()) {
		t.Errorf("the slow ledger is billed until %v", at)
	}
}

// What an advance that was killed has left due is carried out after the next start, and what events make due at once where a
// sandbox's clock stands, after them.
func TestSandboxesAreLookedAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	b.program().open(ledger, 1)
	killed := b.program()
	do(killed, ledger, command.AdvanceClock(begin.AddDate(0, 1, 1)))
	after := b.program()
	tail, err := eventstore.Tail(b.ctx, after.pool, ledger.ID)
	b.must(err)
	b.must(after.engine.Await(b.ctx, ledger.ID, tail))
	b.must(after.sweep(b.ctx))
	if at := after.periodEnd(ledger, "w0"); !at.After(begin.AddDate(0, 1, 1)) {
		t.Errorf("billed until %v", at)
	}
	do(after, ledger, command.AdvanceClock(begin.AddDate(0, 2, 1)))
	after.sweepUntilDone(ledger) // the runner may hear of the clock after its caller does
	if at := after.periodEnd(ledger, "w0"); !at.After(begin.AddDate(0, 2, 1)) {
		t.Errorf("billed until %v", at)
	}
}

// When the program ends, an advance ends with it at once.
func TestAdvanceEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.open(ledger, 1)
	ctx, stop := context.WithCancel(b.ctx)
	stop()
	b.must(p.Run(ctx))
	if _, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(50, 0, 0)); !errors.Is(err, eventstore.ErrClosed) {
		t.Errorf("%v, want that the program ends", err)
	}
}
