package eventstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

var boxes = eventstore.Selection{StreamTypes: []string{"box"}}

// shared gives events as chunks keep them.
func shared(events []eventstore.Event) []eventstore.Event {
	kept := make([]eventstore.Event, len(events))
	for i, e := range events {
		e.Data, e.Private, e.PrivateSalt = nil, nil, nil
		kept[i] = e
	}
	return kept
}

func same(got, want []eventstore.Event) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(eventstore.Event{}), cmpopts.EquateEmpty())
}

// counting counts the queries on events and on private parts.
type counting struct {
	eventstore.Querier
	spans, seams, parts atomic.Int64
}

func (c *counting) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	switch {
	case strings.Contains(sql, "private_parts"):
		c.parts.Add(1)
	case strings.Contains(sql, "BETWEEN"):
		c.spans.Add(1)
	default:
		c.seams.Add(1)
	}
	return c.Querier.Query(ctx, sql, args...)
}

// page reads all boxes of a page.
func (b *bench) page(chunks *eventstore.Chunks, db eventstore.Querier, from, to int64) []eventstore.Event {
	b.t.Helper()
	events, err := chunks.Page(b.ctx, db, b.ledger.ID, from, to, b.leafAt(to), boxes)
	if err != nil {
		b.t.Fatalf("page %d to %d: %v", from, to, err)
	}
	return events
}

func (b *bench) leafAt(position int64) (leaf []byte) {
	b.t.Helper()
	err := b.admin.QueryRow(b.ctx, `SELECT leaf_hash FROM tallystick.events WHERE ledger_id = $1 AND position = $2`,
		[16]byte(b.ledger.ID), position).Scan(&leaf)
	if err != nil {
		b.t.Fatal(err)
	}
	return leaf
}

// TestStoredEventsAreThoseOfTheLog holds what the store hands out after a commit against what a reader finds.
func TestStoredEventsAreThoseOfTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var mu sync.Mutex
	var stored []eventstore.Event
	chunks := eventstore.NewChunks(b.codec)
	store := b.process(eventstore.Options{Stored: func(ledger uuid.UUID, events []eventstore.Event) {
		mu.Lock()
		defer mu.Unlock()
		chunks.Add(ledger, events)
		for _, e := range events {
			if e.PrivateHash != nil {
				e.Fact = nil // without its private part, as the log never shows it
			}
			stored = append(stored, e)
		}
	}})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 5 {
				b.execute(store, put("box:a", 1_000, fmt.Sprint(i, n)))
				b.execute(store, withKey(leave("box:a", "dear all"), fmt.Sprint(i, n), 1))
			}
		})
	}
	all.Wait()
	store.Close()
	read := b.events()
	want := shared(read)
	for i := range want {
		if want[i].PrivateHash != nil {
			want[i].Fact = nil
		}
	}
	if diff := same(stored, want); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	db := &counting{Querier: b.admin}
	for range 3 {
		if diff := same(b.page(chunks, db, 1, int64(len(read))), shared(read)); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
	}
	if db.spans.Load() != 0 || db.seams.Load() != 1 || db.parts.Load() != 3 {
		t.Errorf("%d readings, %d looks at seams, %d of private parts", db.spans.Load(), db.seams.Load(), db.parts.Load())
	}
}

// TestAnEventIsReadOnce lets readers ask for the same events at once.
func TestAnEventIsReadOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for i := range 5 {
		b.execute(store, put("box:a", 1_000, fmt.Sprint(i)))
	}
	db := &counting{Querier: b.pool()}
	chunks := eventstore.NewChunks(b.codec)
	leaf, want := b.leafAt(5), shared(b.events())
	var all sync.WaitGroup
	for range 9 {
		all.Go(func() {
			events, err := chunks.Page(b.ctx, db, b.ledger.ID, 1, 5, leaf, boxes)
			if diff := same(events, want); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	all.Wait()
	if db.spans.Load() != 1 {
		t.Errorf("read %d times", db.spans.Load())
	}
}

// TestPagesOfChunks asks for random pages of chunks that gain and lose events in every order.
func TestPagesOfChunks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for i := range 26 {
		b.execute(store, command("box:a", func(d *eventstore.Decision) error {
			for n := range 100 {
				d.Append("box:a", ballPut{fmt.Sprint(i, n)})
			}
			return nil
		}))
	}
	want := shared(b.events())
	chunks := eventstore.NewChunks(b.codec)
	for range 200 {
		from := rand.IntN(len(want))
		to := min(len(want), from+1+rand.IntN(1_200))
		switch rand.IntN(10) {
		case 0:
			chunks.Drop(b.ledger.ID)
		case 1, 2, 3:
			chunks.Add(b.ledger.ID, want[from:min(to, from+50)])
		default:
			page := b.page(chunks, b.admin, int64(from+1), int64(to))
			if !slices.EqualFunc(page, want[from:to], func(a, b eventstore.Event) bool { return a.ID == b.ID && a.Fact == b.Fact }) {
				t.Fatalf("page %d to %d has %d events, or others", from+1, to, len(page))
			}
		}
	}
}

// TestChunksOfALostLog keeps events that a failover takes away, and reads what came in their place.
func TestChunksOfALostLog(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]struct {
		proven    bool // a page up to the end was read before the loss
		to        int64
		afterward bool // the store of this process appends behind the new events
	}{
		"a page of the new events":             {true, 6, false},
		"beyond what is kept":                  {true, 8, false},
		"behind events of this process":        {true, 8, true},
		"behind events that nobody has proven": {false, 8, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			chunks := eventstore.NewChunks(b.codec)
			first := b.process(eventstore.Options{Stored: chunks.Add})
			for i := range 6 {
				b.execute(first, put("box:a", 1_000, fmt.Sprint("old", i)))
			}
			if lost.proven {
				b.page(chunks, b.admin, 1, 6)
			}
			b.lose(3)
			second := b.process(eventstore.Options{})
			for i := range 4 {
				b.execute(second, put("box:b", 1_000, fmt.Sprint("new", i)))
			}
			last := second
			if lost.afterward {
				last = first
			}
			b.execute(last, put("box:c", 1_000, "last"))
			if diff := same(b.page(chunks, b.admin, 2, lost.to), shared(b.events()[1:lost.to])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnEventThatDoesNotDecodeFailsItsReader keeps an event of a newer release among others.
func TestAnEventThatDoesNotDecodeFailsItsReader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.execute(b.process(eventstore.Options{}), put("box:a", 10, "red"))
	b.execute(b.newer(), lose("box:a", ballLost{}))
	b.execute(b.process(eventstore.Options{}), put("box:b", 10, "blue"))
	chunks := eventstore.NewChunks(b.codec)
	for what, test := range map[string]struct {
		chosen eventstore.Selection
		fails  bool
		events int
	}{
		"who reads it":          {boxes, true, 0},
		"who skips it":          {eventstore.Selection{StreamTypes: []string{"box"}, Except: []string{ballLost{}.EventType()}}, false, 2},
		"who reads other types": {eventstore.Selection{StreamTypes: []string{"shelf"}}, false, 0},
	} {
		t.Run(what, func(t *testing.T) {
			events, err := chunks.Page(b.ctx, b.admin, b.ledger.ID, 1, 3, b.leafAt(3), test.chosen)
			if (err != nil) != test.fails || len(events) != test.events {
				t.Errorf("%d events, %v", len(events), err)
			}
			if test.fails && !strings.Contains(err.Error(), "event at position 2") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestReadersOutliveTheirChunks drops chunks while others read them.
func TestReadersOutliveTheirChunks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for i := range 10 {
		b.execute(store, put("box:a", 1_000, fmt.Sprint(i)))
	}
	chunks, leaf, want, pool := eventstore.NewChunks(b.codec), b.leafAt(10), shared(b.events()), b.pool()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				chunks.Drop(b.ledger.ID)
				chunks.Add(b.ledger.ID, want[rand.IntN(10):])
			}
		}
	}()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				ctx, cancel := context.WithTimeout(b.ctx, pgtest.Patience)
				events, err := chunks.Page(ctx, pool, b.ledger.ID, 2, 10, leaf, boxes)
				cancel()
				if diff := same(events, want[1:]); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
					return
				}
			}
		})
	}
	all.Wait()
	close(stop)
	<-done
}
