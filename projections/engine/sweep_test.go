package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestSweepWalksOverAllLedgers looks at a few ledgers at a time and finds those that are behind, each once a walk.
func TestSweepWalksOverAllLedgers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pages := b.manyLedgers(20)
	p := b.prepare(only(rooms, visits))
	v := version{projection: "rooms", number: 1, revision: 1}
	r := &runner{engine: p.Engine, projection: rooms, version: v}
	if _, err := r.applyPages(b.Ctx, pages[:12]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.noteFailure(b.Ctx, pages[12], ErrDiverged); err != nil {
		t.Fatal(err)
	}
	wakers := map[string]*waker{}
	for _, name := range []string{"rooms", "visits"} {
		wakers[name] = newWaker(b.Ctx, p.log)
		p.runners[version{projection: name, number: 1, revision: 1}] = &running{wake: wakers[name]}
	}
	for walk := range 2 {
		queries := 0
		for begun := false; !begun || p.sweeper.after != uuid.Nil; begun = true {
			if err := p.sweeper.some(b.Ctx, 3); err != nil {
				t.Fatal(err)
			}
			queries++
		}
		if queries != 7 || len(wakers["rooms"].due) != 7 || len(wakers["visits"].due) != 20 {
			t.Errorf("walk %d: %d queries, %d and %d ledgers are due", walk, queries, len(wakers["rooms"].due), len(wakers["visits"].due))
		}
	}
	clear(p.runners)
}

// TestEverySignalIsLost has events of which nobody tells the engine, in more ledgers than a query looks at.
func TestEverySignalIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Exec(`
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		SELECT gen_random_uuid(), 'idle ' || n, 'sandbox', now(), now()
		FROM generate_series(1, $1) AS n`, 2*sweepMin)
	p := b.run(only(rooms), polling(10*time.Millisecond))
	testbed.Eventually(t, "it listens", func() bool { return b.listeners() == 1 })
	for i := range 3 {
		last := b.enter("acme", string(rune('a'+i)))
		testbed.Eventually(t, "the event is found", func() bool { return b.applied("rooms") == last })
	}
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}
