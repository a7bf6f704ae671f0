package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// manyLedgers lets one event happen in each of many ledgers, the bench's own among them, and gives their pages.
func (b *bench) manyLedgers(n int) (pages []eventstore.PageRange) {
	b.T.Helper()
	ledger := b.Ledger
	for i := range n {
		if i > 0 {
			ledger = b.NewLedger(fmt.Sprintf("many %d", i))
		}
		last := b.AppendTo(ledger, testbed.To(room("acme"), entered{fmt.Sprintf("guest %d", i)}))
		pages = append(pages, eventstore.PageRange{Ledger: ledger.ID, From: 1, To: last})
	}
	return pages
}

// TestManyLedgersShareATransaction has news in many ledgers at once, and one event among them that can't be applied.
func TestManyLedgersShareATransaction(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"all are well": nil,
		"an error":     func() error { return errIndigestible },
		"a panic":      func() error { panic("indigestible") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			pages := b.manyLedgers(20)
			faulty := rooms.with(func(_ context.Context, apply func() error, page Page) error {
				if fail != nil && page.holds("guest 7") {
					return fail()
				}
				return apply()
			})
			p := b.run(only(faulty, visits), polling(never))
			want := len(pages)
			if fail != nil {
				want--
			}
			testbed.Eventually(t, "the others are applied", func() bool {
				return testbed.One[int](b.Bench, `SELECT count(*) FROM rooms_1.guests`) == want
			})
			testbed.Eventually(t, "visits has all", func() bool {
				return testbed.One[int](b.Bench, `SELECT coalesce(sum(n), 0)::int FROM visits_1.visits`) == len(pages)
			})
			transactions := testbed.One[int](b.Bench, `
				SELECT count(DISTINCT xmin::text)
				FROM tallystick.projection_checkpoints
				WHERE projection = 'visits'`)
			if transactions != 1 {
				t.Errorf("%d transactions", transactions)
			}
			if fail == nil {
				b.expectRows(rooms, 1)
				return
			}
			testbed.Eventually(t, "the one stops", func() bool {
				reports, err := p.Report(b.Ctx, pages[7].Ledger)
				return err == nil && slices.ContainsFunc(reports, func(r Report) bool {
					return r.Projection == "rooms" && r.Status == StatusStopped && r.Position == 0
				})
			})
		})
	}
}

// TestPageOfAnotherIsLeftOut applies pages together after somebody else has applied some of them.
func TestPageOfAnotherIsLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pages := b.manyLedgers(5)
	r := &runner{engine: b.prepare(only(visits)).Engine, projection: visits, version: version{projection: "visits", number: 1, revision: 1}}
	for _, some := range [][]eventstore.PageRange{pages[1:3], pages, pages} {
		if _, err := r.applyPages(b.Ctx, some); err != nil {
			t.Fatal(err)
		}
	}
	b.expectRows(visits, 1)
	t.Run("but one that does not follow fails them all", func(t *testing.T) {
		last := b.AppendTo(eventstore.Ledger{ID: pages[0].Ledger}, testbed.To(room("acme"), entered{"bob"}))
		behind := eventstore.PageRange{Ledger: pages[0].Ledger, From: last, To: last}
		ahead := eventstore.PageRange{Ledger: pages[1].Ledger, From: 1, To: 2}
		if _, err := r.applyPages(b.Ctx, []eventstore.PageRange{behind, pages[3]}); err != nil {
			t.Error(err)
		}
		last = b.AppendTo(eventstore.Ledger{ID: pages[1].Ledger}, testbed.To(room("acme"), entered{"bob"}, entered{"cid"}))
		ahead.From, ahead.To = last, last
		if _, err := r.applyPages(b.Ctx, []eventstore.PageRange{ahead, behind}); err == nil {
			t.Error("a page that does not follow was applied")
		}
	})
	b.expectDense()
}

// TestOwnersDoNotWaitForEachOther lets two processes apply the same pages in opposite orders at once.
func TestOwnersDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pages := b.manyLedgers(40)
	reversed := slices.Clone(pages)
	slices.Reverse(reversed)
	for round := range 10 {
		p := visits
		p.Name = fmt.Sprintf("visits%d", round)
		first, second := b.prepare(only(p)), b.prepare(only(p))
		v := version{projection: p.Name, number: 1, revision: 1}
		var both sync.WaitGroup
		for engine, order := range map[*Engine][]eventstore.PageRange{first.Engine: pages, second.Engine: reversed} {
			both.Go(func() {
				if _, err := (&runner{engine: engine, projection: p, version: v}).applyPages(b.Ctx, order); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		b.expectRows(p, 1)
		for _, done := range []*process{first, second} {
			done.pool.Close()
			done.feed.Close()
		}
	}
}

// TestFewMessagesAtOnce holds that a process applies no more messages at once than its connections are meant for.
func TestFewMessagesAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enter("acme", "ann")
	var now, most, all atomic.Int64
	release := make(chan struct{})
	var slow []Projection
	for i := range applyMax + 4 {
		p := visits.with(func(ctx context.Context, apply func() error, _ Page) error {
			all.Add(1)
			n := now.Add(1)
			defer now.Add(-1)
			for before := most.Load(); n > before && !most.CompareAndSwap(before, n); before = most.Load() {
			}
			select {
			case <-release:
			case <-ctx.Done():
				return errors.Join(ctx.Err(), errIndigestible)
			}
			return apply()
		})
		p.Name = fmt.Sprintf("visits%d", i)
		slow = append(slow, p)
	}
	p := b.run(only(slow...), func(o *Options) { o.Feed = b.Pool("engine", 2*applyMax, pgtest.AppRole) })
	testbed.Eventually(t, "as many as may", func() bool { return now.Load() == applyMax })
	close(release)
	p.await(b.Tail())
	if most.Load() != applyMax || all.Load() != int64(len(slow)) {
		t.Errorf("%d at once, %d in all", most.Load(), all.Load())
	}
}
