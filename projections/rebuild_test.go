package projections

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
)

// TestRebuiltEqualsLive plays random histories on two ledgers while the engine follows, and then rebuilds.
func TestRebuiltEqualsLive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run()
	other := b.newLedger("other")
	here, there := randomHistory(t, 150), randomHistory(t, 150)
	for i := range max(len(here.history), len(there.history)) {
		if i < len(here.history) {
			p.Appended(b.ledger.ID, b.appendTo(b.ledger, here.history[i]))
		}
		if i < len(there.history) {
			p.Appended(other.ID, b.appendTo(other, there.history[i]))
		}
	}
	for _, projection := range All() {
		name, err := p.rebuild(projection.Name, nil)
		if err != nil || name != projection.Name+"@2" {
			t.Fatalf("rebuild %s: %s, %v", projection.Name, name, err)
		}
		if live, rebuilt := b.dumpVersion(projection.Name, 1), b.dumpVersion(projection.Name, 2); live != rebuilt {
			t.Errorf("%s was\n%s\nand is rebuilt\n%s", projection.Name, live, rebuilt)
		}
		b.expectRows(projection, 2)
	}
}

// TestRebuildUnderLoad rebuilds while events come in and queries are asked.
func TestRebuildUnderLoad(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	for i := range 20 {
		p.Appended(b.ledger.ID, b.appendTo(b.ledger, allocations("before", 500*i, 500)))
	}
	p.await(b.tail())
	load := b.appending(b.ledger, "during", p)
	asked := p.asking(b)
	var seen []Progress
	name, err := p.rebuild("seats", func(progress Progress) { seen = append(seen, progress) })
	if err != nil || name != "seats@2" {
		t.Fatalf("rebuild: %s, %v", name, err)
	}
	asked.stop()
	last := load.stop()
	p.await(last)
	increasing := slices.IsSortedFunc(seen, func(a, b Progress) int { return int(min(a.Done-b.Done, a.Total-b.Total)) })
	if end := seen[len(seen)-1]; !increasing || end.Done == 0 || end.Total < 10_000 {
		t.Errorf("progress %v", seen)
	}
	b.expectRows(Seats, 2)
	if r := p.report("seats", 2); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	// The old version goes on, for a way back.
	eventually(t, "the retired version has everything", func() bool { return p.report("seats", 1).Position == last })
	if r := p.report("seats", 1); r.Status != StatusRetired {
		t.Errorf("report %+v", r)
	}
	b.expectRows(Seats, 1)
	b.expectDense()
}

// asking puts queries all the time: none may fail, and no position may be older than the one before.
type asking struct{ stop func() }

func (p *process) asking(b *bench) asking {
	ctx, cancel := context.WithCancel(b.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var newest, version int64
		for ctx.Err() == nil {
			var pool SeatPool
			position, err := p.Read(b.ctx, "seats", b.ledger.ID, 0, func(ctx context.Context, tx pgx.Tx) (err error) {
				pool, err = FindSeatPool(ctx, tx, b.ledger.ID, "during", time.Now())
				return err
			})
			if err != nil {
				b.t.Errorf("query: %v", err)
			}
			if position < newest || pool.Version < version {
				b.t.Errorf("a query showed position %d and version %d after %d and %d", position, pool.Version, newest, version)
			}
			newest, version = position, pool.Version
		}
	}()
	a := asking{stop: func() {
		cancel()
		<-ended
	}}
	b.t.Cleanup(a.stop)
	return a
}

// gated holds the pages of a projection back until they are let through one by one, or all when pass is closed.
func gated(p Projection) (held Projection, pass chan struct{}) {
	pass = make(chan struct{})
	return p.with(func(ctx context.Context, apply func() error, _ Page) error {
		select {
		case <-pass:
		case <-ctx.Done():
		}
		return apply()
	}), pass
}

// TestVersionsComeAndGo goes through what people may do with versions, and what they may not.
func TestVersionsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, pass := gated(Seats)
	p := b.run(only(held))
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	last := b.append(seating.Stream("acme"), seat("ann"))
	pass <- struct{}{}
	p.await(last)
	rebuilt := make(chan error, 1)
	go func() {
		_, err := p.rebuild("seats", nil)
		rebuilt <- err
	}()
	eventually(t, "a version fills", func() bool { return p.report("seats", 2).Status == StatusFilling })
	_, err := p.rebuild("seats", nil)
	refused(err, "seats@2 is being filled already")
	refused(p.Drop(b.ctx, "seats", 1), "answers queries")
	close(pass)
	if err := <-rebuilt; err != nil {
		t.Fatal(err)
	}
	refused(p.Drop(b.ctx, "seats", 2), "answers queries")

	if err := p.Drop(b.ctx, "seats", 1); err != nil {
		t.Fatal(err)
	}
	if oneOf[bool](b, `SELECT to_regnamespace('seats_1') IS NOT NULL`) {
		t.Error("the schema is still there")
	}
	eventually(t, "its runner ends", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.runners) == 1
	})
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_checkpoints WHERE version = 1`); n > 0 {
		t.Errorf("%d checkpoints are left", n)
	}
	refused(p.Drop(b.ctx, "seats", 1), ErrUnknownProjection.Error())
	refused(p.Drop(b.ctx, "seats", 7), ErrUnknownProjection.Error())
	_, err = p.rebuild("sheets", nil)
	refused(err, ErrUnknownProjection.Error())

	name, err := p.rebuild("seats", nil)
	if err != nil || name != "seats@3" {
		t.Errorf("rebuild: %s, %v", name, err)
	}
	p.await(b.append(seating.Stream("acme"), seat("bob")))
	b.expectRows(Seats, 3)
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}

// TestDropWhileFilling gives a rebuild up.
func TestDropWhileFilling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	faulty := Seats.with(func(_ context.Context, apply func() error, page Page) error {
		if page.holds("poison") {
			return errors.New("indigestible")
		}
		return apply()
	})
	p := b.run(only(Seats))
	p.await(b.append(seating.Stream("acme"), seat("poison")))
	p.stop()
	p = b.run(only(faulty))
	if _, err := p.rebuild("seats", nil); err == nil || !strings.Contains(err.Error(), "indigestible") {
		t.Errorf("rebuild: %v", err)
	}
	if r := p.report("seats", 1); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	if err := p.Drop(b.ctx, "seats", 2); err != nil {
		t.Fatal(err)
	}
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_failures`); n > 0 {
		t.Errorf("%d failures are left", n)
	}
}

// TestRebuildOfNothing covers T15: there may be no events, and no ledger.
func TestRebuildOfNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	if _, err := p.rebuild("seats", nil); err != nil {
		t.Error(err)
	}
	b.exec(`DELETE FROM tallystick.ledgers`)
	if _, err := p.rebuild("seats", nil); err != nil {
		t.Error(err)
	}
}

// TestRebuildWithFewConnections covers T25: everything shares one connection of the feed and two of the pool, of which
// one listens.
func TestRebuildWithFewConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	few := func(o *Options) { o.Pool, o.Feed = b.pool("engine", 2, appRole), b.pool("engine", 1, appRole) }
	p := b.run(few)
	b.appendTo(b.ledger, allocations("acme", 0, 3000))
	last := b.play(randomHistory(t, 60).history)
	for _, projection := range All() {
		if _, err := p.rebuild(projection.Name, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.await(last)
	for _, projection := range All() {
		b.expectRows(projection, 2)
	}
}

// TestRevision holds that a change of the code builds a version of its own, and that going back finds the old one.
func TestRevision(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	last := b.append(seating.Stream("acme"), seat("ann"))
	p.await(last)
	p.stop()

	changed := Seats
	changed.Revision++
	p = b.prepare(only(changed))
	if at := p.read("seats", 0, nothing); at != last {
		t.Errorf("before the new version runs, queries see position %d", at)
	}
	if old, fresh := p.report("seats", 1), p.report("seats", 2); old.Status != StatusActive || fresh.Status != StatusFilling {
		t.Errorf("reports %+v and %+v", old, fresh)
	}
	p.run()
	eventually(t, "the new version serves", func() bool { return p.report("seats", 2).Status == StatusActive })
	p.await(b.append(seating.Stream("acme"), seat("bob")))
	b.expectRows(Seats, 2)
	if r := p.report("seats", 1); r.Status != StatusRetired || r.Position != last {
		t.Errorf("report %+v", r)
	}
	p.stop()

	p = b.run(only(Seats))
	eventually(t, "the old version serves again", func() bool { return p.report("seats", 1).Status == StatusActive })
	b.expectRows(Seats, 1)
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_versions`); n != 2 {
		t.Errorf("%d versions", n)
	}
}
