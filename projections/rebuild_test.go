package projections

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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
			position, err := p.Read(b.ctx, "seats", b.ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
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
