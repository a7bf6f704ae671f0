package engine

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// byHand makes two versions of rooms, whose pages the test applies without a running engine.
func (b *bench) byHand(projection Projection) (p *process, first, second *runner) {
	b.T.Helper()
	p = b.prepare(only(rooms))
	err := pgx.BeginFunc(b.Ctx, p.pool, func(tx pgx.Tx) error {
		_, err := p.createVersion(b.Ctx, tx, rooms)
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
	first = &runner{engine: p.Engine, projection: projection, version: version{projection: "rooms", number: 1, revision: 1}}
	second = &runner{engine: p.Engine, projection: rooms, version: version{projection: "rooms", number: 2, revision: 1}}
	return p, first, second
}

func (r *runner) apply(b *bench, from, to int64) {
	b.T.Helper()
	if _, err := r.applyPage(b.Ctx, eventstore.PageRange{Ledger: b.Ledger.ID, From: from, To: to}); err != nil {
		b.T.Error(err)
	}
}

// TestSwapNeverGoesBack lets a swap wait for a page of the active version: its position may be seen before the swap,
// and must not be ahead of what is seen after it.
func TestSwapNeverGoesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, pass := gated(rooms)
	p, first, second := b.byHand(held)
	one, two := b.enter("acme", "ann"), b.enter("acme", "bob")
	go func() { pass <- struct{}{} }()
	first.apply(b, one, one)
	second.apply(b, one, one)

	applied, swapped := make(chan struct{}), make(chan bool)
	go func() {
		defer close(applied)
		first.apply(b, two, two)
	}()
	testbed.Eventually(t, "the page is under way", func() bool {
		return testbed.One[int](b.Bench, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4 AND mode = 'ShareLock'`) == 1
	})
	go func() {
		done, err := p.swap(b.Ctx, second.version)
		if err != nil {
			t.Error(err)
		}
		swapped <- done
	}()
	testbed.Eventually(t, "the swap waits", func() bool {
		return testbed.One[int](b.Bench, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4 AND NOT granted`) == 1
	})
	pass <- struct{}{}
	<-applied
	if at := p.read("rooms", 0, nothing); at != two {
		t.Fatalf("queries see position %d", at)
	}
	// The active version stands still now, until the other has what was seen.
	second.apply(b, two, two)
	if !<-swapped {
		t.Fatal("not swapped")
	}
	if at := p.read("rooms", 0, nothing); at != two {
		t.Errorf("queries see position %d", at)
	}
	if r := p.report("rooms", 2); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
}

// TestStandstillIsShort holds that a version that does not catch up stops the active one neither for long nor again at
// once.
func TestStandstillIsShort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, second := b.byHand(rooms)
	one := b.enter("acme", "ann")
	first.apply(b, one, one)
	swap := func() {
		t.Helper()
		if swapped, err := p.swap(b.Ctx, second.version); swapped || err != nil {
			t.Fatalf("swap: %v, %v", swapped, err)
		}
	}
	swap()
	at := func() int64 { return p.standstills["rooms@2"].UnixNano() }
	first.engine.standstills["rooms@2"] = testbed.Begin // it has had its time to catch up by itself
	swap()
	after := at()
	swap()
	if at() != after {
		t.Error("the active version stood still twice")
	}
	two := b.enter("acme", "bob")
	first.apply(b, two, two)
	second.apply(b, one, two)
	if swapped, err := p.swap(b.Ctx, second.version); !swapped || err != nil {
		t.Errorf("swap: %v, %v", swapped, err)
	}
}

// TestQueryOutlivesItsTables drops the version that a query has begun on.
func TestQueryOutlivesItsTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, second := b.byHand(rooms)
	last := b.enter("acme", "ann")
	first.apply(b, 1, last)
	second.apply(b, 1, last)
	runs := 0
	position := p.read("rooms", last, func(ctx context.Context, tx pgx.Tx) error {
		if runs++; runs == 1 {
			if swapped, err := p.swap(b.Ctx, second.version); !swapped || err != nil {
				t.Errorf("swap: %v, %v", swapped, err)
			}
			if err := p.Drop(b.Ctx, "rooms", 1); err != nil {
				t.Error(err)
			}
		}
		_, guests, err := findRoom(ctx, tx, b.Ledger.ID, "acme")
		if err == nil && guests != 1 {
			t.Errorf("%d guests", guests)
		}
		return err
	})
	if runs != 2 || position != last {
		t.Errorf("%d runs, position %d", runs, position)
	}
}
