package projections

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// stored are a history's events as they come back from the log.
func (b *books) stored(t rapid.TB, codec *eventstore.Codec) []eventstore.Event {
	var events []eventstore.Event
	versions := map[domain.Stream]int64{}
	for at, g := range b.history {
		first := len(events)
		for _, w := range g {
			for _, fact := range w.events {
				data, schema, err := codec.Encode(fact)
				if err != nil {
					t.Fatal(err)
				}
				if fact, err = codec.Decode(fact.EventType(), schema, data); err != nil {
					t.Fatal(err)
				}
				versions[w.stream]++
				events = append(events, eventstore.Event{
					Position: int64(len(events) + 1), Stream: w.stream, Version: versions[w.stream], Fact: fact,
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

// cut makes pages of at least so many events each, ending with groups; sizes are used in turn.
func cut(ledger uuid.UUID, events []eventstore.Event, sizes ...int) []Page {
	var pages []Page
	for i := 0; len(events) > 0; i++ {
		n := min(sizes[i%len(sizes)], len(events))
		n += int(events[n-1].GroupLast - events[n-1].Position)
		pages = append(pages, Page{Ledger: ledger, Events: events[:n]})
		events = events[n:]
	}
	return pages
}

// without leaves out of pages what a projection ignores, as an engine does.
func without(ignored []string, pages []Page) []Page {
	var kept []Page
	for _, page := range pages {
		page.Events = slices.DeleteFunc(slices.Clone(page.Events), func(event eventstore.Event) bool {
			return slices.Contains(ignored, event.Fact.EventType())
		})
		if len(page.Events) > 0 {
			kept = append(kept, page)
		}
	}
	return kept
}

// TestPageByPageEqualsAllAtOnce applies random histories in random cuts and holds the rows against each other, and what
// queries say against the streams' own states.
func TestPageByPageEqualsAllAtOnce(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			scratch(t, b, p)
			rapid.Check(t, func(t *rapid.T) {
				history := histories(40, 150).Draw(t, "history")
				events := history.stored(t, b.codec)
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

// rows applies a history, checks what queries say of it, and leaves nothing behind but the rows' text.
func (b *books) rows(t *rapid.T, bench *bench, p Projection, pages []Page) (text string) {
	if len(pages) == 0 {
		return ""
	}
	tx, err := bench.admin.Begin(bench.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(bench.ctx) }()
	if err := applyPages(bench.ctx, tx, p, without(p.Ignores, pages)); err != nil {
		t.Fatal(err)
	}
	ledger := pages[0].Ledger
	b.check(t, bench, tx, p, ledger)
	return withoutLedger(dump(bench.t, tx, p.Name+"_1"), ledger)
}
