package projections

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/engine"
)

// stored gives a history's events as they come back from the log.
func (b *books) stored(t rapid.TB, codec *eventstore.Codec) []eventstore.Event {
	var events []eventstore.Event
	versions := map[domain.Stream]int64{}
	for at, g := range b.history {
		first := len(events)
		for _, w := range g {
			for _, fact := range w.Events {
				data, schema, err := codec.Encode(fact)
				if err != nil {
					t.Fatal(err)
				}
				if fact, err = codec.Decode(fact.EventType(), schema, data); err != nil {
					t.Fatal(err)
				}
				versions[w.Stream]++
				events = append(events, eventstore.Event{
					Position: int64(len(events) + 1), Stream: w.Stream, Version: versions[w.Stream], Fact: fact,
					EffectiveAt: b.times[at],
				})
			}
		}
		for i := first; i < len(events); i++ {
			events[i].GroupLast = int64(len(events))
		}
	}
	return events
}

// cut makes pages of at least so many events each, ending with groups. It uses the sizes in turn.
func cut(ledger uuid.UUID, events []eventstore.Event, sizes ...int) []engine.Page {
	var pages []engine.Page
	for i := 0; len(events) > 0; i++ {
		n := min(sizes[i%len(sizes)], len(events))
		n += int(events[n-1].GroupLast - events[n-1].Position)
		pages = append(pages, engine.Page{Ledger: ledger, Events: events[:n]})
		events = events[n:]
	}
	return pages
}

// read leaves out what a read model does not read, as an engine does.
func read(p engine.Projection, pages []engine.Page) []engine.Page {
	var kept []engine.Page
	for _, page := range pages {
		page.Events = slices.DeleteFunc(slices.Clone(page.Events), func(event eventstore.Event) bool {
			reads := func(of domain.StreamType) bool { return of.Name == event.Stream.Type() }
			skips := func(e domain.Event) bool { return e.EventType() == event.Fact.EventType() }
			return !slices.ContainsFunc(p.Reads, reads) || slices.ContainsFunc(p.Skips, skips)
		})
		if len(page.Events) > 0 {
			kept = append(kept, page)
		}
	}
	return kept
}

// TestPageByPageEqualsAllAtOnce applies random histories in random cuts. It holds the rows against each other, and the
// answers of queries against the streams' own states.
func TestPageByPageEqualsAllAtOnce(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			scratch(b, p)
			rapid.Check(t, func(t *rapid.T) {
				history := histories(40, 150).Draw(t, "history")
				events := history.stored(t, b.Codec)
				random := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 10).Draw(t, "cuts")
				var first string
				for i, sizes := range [][]int{{1000}, {1}, {7}, random} {
					text := history.rows(t, b, p, cut(uuid.New(), events, sizes...))
					if i == 0 {
						first = text
					}
					if text != first {
						t.Fatalf("pages of %v give other rows:\n%s", sizes, cmp.Diff(first, text))
					}
				}
			})
		})
	}
}

// rows applies a history, checks the answers of queries, and leaves nothing behind but the rows' text.
func (b *books) rows(t *rapid.T, bench *bench, p engine.Projection, pages []engine.Page) (text string) {
	if len(pages) == 0 {
		return ""
	}
	tx, err := bench.Admin.Begin(bench.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(bench.Ctx) }()
	if err := applyPages(bench.Ctx, tx, p, read(p, pages)); err != nil {
		t.Fatal(err)
	}
	ledger := pages[0].Ledger
	b.check(t, bench, tx, p, ledger)
	return withoutLedger(testbed.Dump(bench.T, tx, p.Name+"_1"), ledger)
}
