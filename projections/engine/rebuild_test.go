package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestRebuildUnderLoad rebuilds while events come in and queries are asked.
func TestRebuildUnderLoad(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	for i := range 20 {
		p.Appended(b.Ledger.ID, b.AppendTo(b.Ledger, crowd("before", 500*i, 500)))
	}
	p.await(b.Tail())
	load := b.appending(b.Ledger, "during", p)
	asked := p.asking(b)
	var seen []Progress
	name, err := p.rebuild("rooms", func(progress Progress) { seen = append(seen, progress) })
	if err != nil || name != "rooms@2" {
		t.Fatalf("rebuild: %s, %v", name, err)
	}
	asked.stop()
	last := load.stop()
	p.await(last)
	increasing := slices.IsSortedFunc(seen, func(a, b Progress) int { return int(min(a.Done-b.Done, a.Total-b.Total)) })
	if end := seen[len(seen)-1]; !increasing || end.Done == 0 || end.Total < 10_000 {
		t.Errorf("progress %v", seen)
	}
	b.expectRows(rooms, 2)
	if r := p.report("rooms", 2); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	// The old version goes on, for a way back.
	testbed.Eventually(t, "the retired version has everything", func() bool { return p.report("rooms", 1).Position == last })
	if r := p.report("rooms", 1); r.Status != StatusRetired {
		t.Errorf("report %+v", r)
	}
	b.expectRows(rooms, 1)
	b.expectDense()
}

// asking puts queries all the time. None may fail, and no position may be older than the one before.
type asking struct{ stop func() }

func (p *process) asking(b *bench) asking {
	ctx, cancel := context.WithCancel(b.Ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var newest, version int64
		for ctx.Err() == nil {
			var at int64
			position, err := p.Read(b.Ctx, "rooms", b.Ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
				at, _, err = findRoom(ctx, tx, b.Ledger.ID, "during")
				return err
			})
			if err != nil {
				b.T.Errorf("query: %v", err)
			}
			if position < newest || at < version {
				b.T.Errorf("a query showed position %d and version %d after %d and %d", position, at, newest, version)
			}
			newest, version = position, at
		}
	}()
	a := asking{stop: func() {
		cancel()
		<-ended
	}}
	b.T.Cleanup(a.stop)
	return a
}

// TestRebuildOfNothing rebuilds without events, and without a ledger.
func TestRebuildOfNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	if _, err := p.rebuild("rooms", nil); err != nil {
		t.Error(err)
	}
	b.Exec(`DELETE FROM tallystick.ledgers`)
	if _, err := p.rebuild("rooms", nil); err != nil {
		t.Error(err)
	}
}

// TestRebuildWithFewConnections shares one connection of the feed and two of the pool, of which one listens.
func TestRebuildWithFewConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	few := func(o *Options) {
		o.Pool, o.Feed = b.Pool("engine", 2, pgtest.AppRole), b.Pool("engine", 1, pgtest.AppRole)
	}
	p := b.run(few)
	b.AppendTo(b.Ledger, crowd("acme", 0, 3000))
	last := b.enter("birch", "ann")
	for _, projection := range []Projection{rooms, visits} {
		if _, err := p.rebuild(projection.Name, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.await(last)
	b.expectRows(rooms, 2)
	b.expectRows(visits, 2)
}
