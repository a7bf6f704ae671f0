package projections

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// byHand applies pages of two versions of seats without any engine running.
func (b *bench) byHand(projection Projection) (p *process, first, second *runner) {
	b.t.Helper()
	p = b.prepare(only(Seats))
	err := pgx.BeginFunc(b.ctx, p.pool, func(tx pgx.Tx) error {
		_, err := p.createVersion(b.ctx, tx, Seats)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	first = &runner{engine: p.Engine, projection: projection, version: version{projection: "seats", number: 1, revision: 1}}
	second = &runner{engine: p.Engine, projection: Seats, version: version{projection: "seats", number: 2, revision: 1}}
	return p, first, second
}

func (r *runner) apply(b *bench, from, to int64) {
	b.t.Helper()
	if _, err := r.applyPage(b.ctx, eventstore.PageRange{Ledger: b.ledger.ID, From: from, To: to}); err != nil {
		b.t.Error(err)
	}
}

// TestSwapNeverGoesBack holds that a swap waits for the active version's page that is under way: its position may be
// seen before the swap, and must not be ahead of what is seen after it.
func TestSwapNeverGoesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, pass := gated(Seats)
	p, first, second := b.byHand(held)
	one, two := b.append(seating.Stream("acme"), seat("ann")), b.append(seating.Stream("acme"), seat("bob"))
	go func() { pass <- struct{}{} }()
	first.apply(b, one, one)
	second.apply(b, one, one)

	applied, swapped := make(chan struct{}), make(chan bool)
	go func() {
		defer close(applied)
		first.apply(b, two, two)
	}()
	eventually(t, "the page is under way", func() bool {
		return oneOf[int](b, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4 AND mode = 'ShareLock'`) == 1
	})
	go func() {
		done, err := p.swap(b.ctx, second.version)
		if err != nil {
			t.Error(err)
		}
		swapped <- done
	}()
	eventually(t, "the swap waits", func() bool {
		return oneOf[int](b, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4 AND NOT granted`) == 1
	})
	pass <- struct{}{}
	<-applied
	if at := p.read("seats", 0, nothing); at != two {
		t.Fatalf("queries see position %d", at)
	}
	// The active version stands still now, until the other has what was seen.
	second.apply(b, two, two)
	if !<-swapped {
		t.Fatal("not swapped")
	}
	if at := p.read("seats", 0, nothing); at != two {
		t.Errorf("queries see position %d", at)
	}
	if r := p.report("seats", 2); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
}

// TestStandstillIsShort holds that a version that does not catch up does not stop the active one for long, nor again at
// once.
func TestStandstillIsShort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, second := b.byHand(Seats)
	one := b.append(seating.Stream("acme"), seat("ann"))
	first.apply(b, one, one)
	swap := func() {
		t.Helper()
		if swapped, err := p.swap(b.ctx, second.version); swapped || err != nil {
			t.Fatalf("swap: %v, %v", swapped, err)
		}
	}
	swap()
	at := func() int64 { return p.standstills["seats@2"].UnixNano() }
	first.engine.standstills["seats@2"] = begin // it has had its time to catch up by itself
	swap()
	after := at()
	swap()
	if at() != after {
		t.Error("the active version stood still twice")
	}
	two := b.append(seating.Stream("acme"), seat("bob"))
	first.apply(b, two, two)
	second.apply(b, one, two)
	if swapped, err := p.swap(b.ctx, second.version); !swapped || err != nil {
		t.Errorf("swap: %v, %v", swapped, err)
	}
}

// TestQueryOutlivesItsTables drops the version that a query has begun on.
func TestQueryOutlivesItsTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, second := b.byHand(Seats)
	last := b.append(seating.Stream("acme"), seat("ann"))
	first.apply(b, 1, last)
	second.apply(b, 1, last)
	runs := 0
	position := p.read("seats", last, func(ctx context.Context, tx pgx.Tx) error {
		if runs++; runs == 1 {
			if swapped, err := p.swap(b.ctx, second.version); !swapped || err != nil {
				t.Errorf("swap: %v, %v", swapped, err)
			}
			if err := p.Drop(b.ctx, "seats", 1); err != nil {
				t.Error(err)
			}
		}
		pool, err := FindSeatPool(ctx, tx, b.ledger.ID, "acme", time.Now())
		if err == nil && pool.Use.Allocated != 1 {
			t.Errorf("pool %+v", pool)
		}
		return err
	})
	if runs != 2 || position != last {
		t.Errorf("%d runs, position %d", runs, position)
	}
}
