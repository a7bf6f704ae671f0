package engine

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestTwoOwners lets two engines work on the same projections while events come in. One of them applies each page, and
// the one that comes second goes on.
func TestTwoOwners(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var pages [2]atomic.Int64
	counting := func(n *atomic.Int64) Projection {
		return rooms.with(func(_ context.Context, apply func() error, _ Page) error {
			n.Add(1)
			return apply()
		})
	}
	first := b.run(only(counting(&pages[0]), visits))
	second := b.run(only(counting(&pages[1]), visits))
	// Both hear of every event, so they meet at nearly every page.
	one := b.appending(b.Ledger, "one", first, second)
	two := b.appending(b.Ledger, "two", first, second)
	testbed.Eventually(t, "both apply pages", func() bool { return pages[0].Load() > 5 && pages[1].Load() > 5 })
	last := max(one.stop(), two.stop())
	first.await(last)
	second.await(last)
	b.expectRows(rooms, 1)
	b.expectRows(visits, 1)
	b.expectDense()
	if failed := first.reportsFailing(); failed != "" {
		t.Errorf("what came second counts as failed:\n%s", failed)
	}
}

// TestSecondOwnerGivesWay holds a page's commit back until another owner waits behind it.
func TestSecondOwnerGivesWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	applying, commit := make(chan struct{}, 1), make(chan struct{})
	var attempts atomic.Int64
	slow := rooms.with(func(_ context.Context, apply func() error, _ Page) error {
		attempts.Add(1)
		err := apply()
		signal(applying)
		<-commit
		return err
	})
	first, second := b.run(only(slow)), b.run(only(slow))
	last := b.enter("acme", "ann")
	<-applying
	testbed.Eventually(t, "the other waits for the checkpoint", func() bool {
		return testbed.One[int](b.Bench, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'`) == 1
	})
	close(commit)
	first.await(last)
	second.await(last)
	if n := attempts.Load(); n != 1 {
		t.Errorf("the page was applied %d times", n)
	}
	b.expectRows(rooms, 1)
}

// TestLargeGroupStaysWhole applies the events of one command in one transaction, even when they exceed a page.
func TestLargeGroupStaysWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var torn atomic.Int64
	var largest atomic.Int64
	watching := rooms.with(func(_ context.Context, apply func() error, page Page) error {
		last := page.Events[len(page.Events)-1]
		if last.GroupLast != last.Position || page.Events[0].Position > 1 && page.Events[0].GroupLast < page.Events[0].Position {
			torn.Add(1)
		}
		largest.Store(max(largest.Load(), int64(len(page.Events))))
		return apply()
	})
	// Everything is there before the engine starts, so pages are as full as they get.
	b.enter("small", "ann", "bob")
	for i := range 3 {
		b.AppendTo(b.Ledger, crowd("middle", 200*i, 200))
	}
	b.AppendTo(b.Ledger, crowd("large", 0, eventstore.PageMax+500))
	last := b.enter("small", "cid")
	b.run(only(watching)).await(last)
	if torn.Load() > 0 {
		t.Errorf("%d pages cut a group", torn.Load())
	}
	if largest.Load() != 2*(eventstore.PageMax+500)-50 {
		t.Errorf("the largest page has %d events", largest.Load())
	}
	b.expectRows(rooms, 1)
}

// TestCheckpointsAreTrimmed holds that the number of checkpoints does not grow with the log, however many ledgers take
// turns.
func TestCheckpointsAreTrimmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ledgers := []eventstore.Ledger{b.Ledger, b.NewLedger("two"), b.NewLedger("three")}
	p := b.prepare(only(rooms))
	v := version{projection: "rooms", number: 1, revision: 1}
	r := &runner{engine: p.Engine, projection: rooms, version: v}
	const positions = 40 * checkpointsKept
	for _, ledger := range ledgers {
		b.AppendTo(ledger, crowd("acme", 0, positions/2+50))
	}
	// Small pages, taken one by one and together.
	for from := int64(1); from+9 < positions; from += 10 {
		var pages []eventstore.PageRange
		for _, ledger := range ledgers {
			pages = append(pages, eventstore.PageRange{Ledger: ledger.ID, From: from, To: from + 9})
		}
		if _, err := r.applyPage(b.Ctx, pages[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := r.applyPages(b.Ctx, pages[1:]); err != nil {
			t.Fatal(err)
		}
	}
	for _, ledger := range ledgers {
		n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_checkpoints WHERE ledger_id = $1`, ledger.ID)
		if n > checkpointsKept+1 {
			t.Errorf("%d checkpoints are left", n)
		}
	}
	b.expectDense()
}
