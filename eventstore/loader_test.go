package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// reads watches the round trips in which streams are read, and holds them back.
type reads struct {
	mu    sync.Mutex
	trips []map[string]int64 // the version behind which each stream was read
	held  []chan struct{}    // one for each trip that is held back, in their order
	hold  func(trip int) bool
}

func (r *reads) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !strings.Contains(data.SQL, "AS s (stream, version") {
		return ctx
	}
	trip := map[string]int64{}
	for i, stream := range data.Args[1].([]string) {
		trip[stream] = data.Args[2].([]int64)[i]
	}
	r.mu.Lock()
	r.trips = append(r.trips, trip)
	var held chan struct{}
	if r.hold != nil && r.hold(len(r.trips)) {
		held = make(chan struct{})
		r.held = append(r.held, held)
	}
	r.mu.Unlock()
	if held != nil {
		<-held
	}
	return ctx
}

func (r *reads) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// release lets those go that are held back, and holds nothing any more.
func (r *reads) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, held := range r.held {
		close(held)
	}
	r.held, r.hold = nil, nil
}

func (r *reads) seen() []map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]map[string]int64{}, r.trips...)
}

// awaitHeld returns once so many round trips are held back.
func (r *reads) awaitHeld(t *testing.T, n int) {
	t.Helper()
	await(t, fmt.Sprintf("%d round trips to be held back", n), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.held) >= n
	})
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// watched is a process whose reading of streams is watched.
func (b *bench) watched(r *reads, o eventstore.Options) *eventstore.Store {
	b.t.Helper()
	config, err := pgxpool.ParseConfig(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	config.MaxConns, config.ConnConfig.Tracer = 8, r
	config.ConnConfig.RuntimeParams["role"] = pgtest.AppRole
	if o.Reads, err = pgxpool.NewWithConfig(b.ctx, config); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(o.Reads.Close)
	return b.process(o)
}

// fill puts so many balls into a box.
func (b *bench) fill(store *eventstore.Store, stream domain.Stream, balls int) {
	b.t.Helper()
	for left := balls; left > 0; left -= 5_000 {
		b.execute(store, command(stream, func(d *eventstore.Decision) error {
			for range min(left, 5_000) {
				d.Append(stream, ballPut{"red"})
			}
			return nil
		}))
	}
}

// A caller whose time ends while a long stream is read leaves behind what was read, and the next one goes on from there.
func TestReadingKeepsItsProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fill(b.process(eventstore.Options{}), "box:long", 12_000)
	r := &reads{hold: func(trip int) bool { return trip == 3 }}
	store := b.watched(r, eventstore.Options{})

	ctx, leave := context.WithCancel(b.ctx)
	left := make(chan error)
	go func() {
		_, err := store.Execute(ctx, b.ledger, put("box:long", 1<<30, "blue"))
		left <- err
	}()
	r.awaitHeld(t, 1)
	leave()
	if err := <-left; err == nil {
		t.Fatal("a caller who left had an answer")
	}
	r.release()
	if outcome := b.execute(store, put("box:long", 1<<30, "green")); outcome.Version != 12_001 {
		t.Errorf("version %d", outcome.Version)
	}
	for i, trip := range r.seen()[1:] {
		if before := r.seen()[i]["box:long"]; trip["box:long"] <= before {
			t.Errorf("read on from %d after %d", trip["box:long"], before)
		}
	}
}

// What nobody waits for any more is not read on.
func TestReadingEndsWithItsCallers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fill(b.process(eventstore.Options{}), "box:long", 12_000)
	r := &reads{hold: func(trip int) bool { return trip == 2 }}
	store := b.watched(r, eventstore.Options{})
	ctx, leave := context.WithCancel(b.ctx)
	left := make(chan error)
	go func() {
		_, err := store.Execute(ctx, b.ledger, put("box:long", 1<<30, "blue"))
		left <- err
	}()
	r.awaitHeld(t, 1)
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left got %v", err)
	}
	r.release()
	b.execute(store, put("box:short", 1, "green")) // whose reading comes after
	store.Close()
	for _, trip := range r.seen()[2:] {
		if version, read := trip["box:long"]; read {
			t.Errorf("read on from %d for nobody", version)
		}
	}
}

// Whatever is missed while others are read goes together, and so does all that one command misses.
func TestMissesShareRoundTrips(t *testing.T) {
	t.Parallel()
	const callers = 80
	b := setup(t)
	writer := b.process(eventstore.Options{})
	for i := range callers {
		b.execute(writer, put(domain.Stream(fmt.Sprintf("box:%d", i)), 9, "red"))
	}
	r := &reads{hold: func(int) bool { return true }}
	store := b.watched(r, eventstore.Options{})
	var calling sync.WaitGroup
	var done atomic.Int64
	call := func(c eventstore.Command) {
		calling.Go(func() {
			if outcome, err := store.Execute(b.ctx, b.ledger, c); err != nil || outcome.Version != 2 {
				t.Errorf("version %d, %v", outcome.Version, err)
			}
			done.Add(1)
		})
	}
	for i := range 4 {
		call(put(domain.Stream(fmt.Sprintf("box:%d", i)), 9, "red"))
		r.awaitHeld(t, i+1)
	}
	for i := 4; i < callers-10; i++ {
		call(put(domain.Stream(fmt.Sprintf("box:%d", i)), 9, "red"))
	}
	many := put(domain.Stream(fmt.Sprintf("box:%d", callers-1)), 9, "red")
	for i := callers - 10; i < callers-1; i++ {
		many.Reads = append(many.Reads, domain.Stream(fmt.Sprintf("box:%d", i)))
	}
	call(many)
	await(t, "all to miss", func() bool { return store.Missing() == callers })
	r.release()
	calling.Wait()
	if trips := len(r.seen()); trips > 6 {
		t.Errorf("%d round trips for %d streams", trips, callers)
	}
}
