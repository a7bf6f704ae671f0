package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/standby"
)

// Engine runs projections and answers queries from them.
type Engine struct {
	id          string // tells this process' notifications from others'
	pool        *pgxpool.Pool
	feed        *pgxpool.Pool
	standby     *standby.Standby
	codec       *eventstore.Codec
	chunks      *eventstore.Chunks
	projections []Projection
	auditor     string
	poll        time.Duration
	readWait    time.Duration
	log         *slog.Logger
	tracer      trace.Tracer

	news      *news
	heard     func(ledger uuid.UUID)
	leaves    bool // what follows from this process' events is left to others
	follows   atomic.Bool
	watchers  watchers
	changed   chan struct{} // versions may have come or gone
	sweeper   *sweeper
	positions *positions
	applying  chan struct{} // holds a token for each message that is applied now

	mu          sync.Mutex
	runners     map[version]*running
	standstills map[string]time.Time // when each filling version may be waited for next
	newer       map[waiting]*eventstore.NewerReleaseError
	looks       map[version]look // at versions that are not ready
	closed      map[string]bool  // read models that queries wait for, though a version of them was ready once
}

type running struct {
	wake *waker
	stop context.CancelFunc
	done chan struct{}
}

// settleInterval spaces the looks at what is not ready.
const settleInterval = 50 * time.Millisecond

// Options holds what New needs.
type Options struct {
	// Pool serves pages and queries.
	Pool *pgxpool.Pool
	// Feed serves Watermill's subscribers. Each holds a connection while a page is applied, so Feed must be another
	// pool: on a shared one, subscribers that wait for pages could take the connections that applying needs.
	Feed *pgxpool.Pool
	// Standby answers queries where it can; nil means that there is none.
	Standby     *standby.Standby
	Codec       *eventstore.Codec
	Projections []Projection
	// Auditor names the database role that may read what auditors may; it need not exist.
	Auditor string
	// ReadWait bounds how long a query waits for the position that it asked for; 0 means two seconds.
	ReadWait time.Duration
	// Poll spaces looks for what every signal missed; 0 means a second.
	Poll time.Duration
	// Leaves says that this process leaves to others what follows from its events, and Heard is told of the ledgers in which
	// another process left it. Heard must not block; nil means that nobody is told.
	Leaves bool
	Heard  func(ledger uuid.UUID)
	// Traces takes the spans of pages; nil means that there are none.
	Traces trace.TracerProvider
	Log    *slog.Logger
}

// applyMax bounds how many messages are applied at once in a process, whatever the number of its read models. A look
// and the message that it gives take a connection of the feed.
const applyMax = 8

// Connections counts the connections that an engine needs in its two pools so that nothing waits for one. Beside those
// that apply, the engine takes one to listen, one to look for what was missed, one to tell others, and two for a rebuild.
// Queries come on top. With fewer connections everything is slower; two in the pool and one in the feed still work.
func Connections() (pool, feed int) { return applyMax + 5, applyMax }

// New makes an engine. Queries work at once; Run builds the read models.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll == 0 {
		o.Poll = pollInterval
	}
	if o.ReadWait == 0 {
		o.ReadWait = readWait
	}
	e := &Engine{
		id:          uuid.NewString(),
		pool:        o.Pool,
		feed:        o.Feed,
		standby:     o.Standby,
		codec:       o.Codec,
		chunks:      eventstore.NewChunks(o.Codec),
		projections: o.Projections,
		auditor:     o.Auditor,
		poll:        o.Poll,
		readWait:    o.ReadWait,
		log:         o.Log,
		tracer:      newTracer(o.Traces),
		news:        newNews(),
		heard:       o.Heard,
		leaves:      o.Leaves,
		changed:     make(chan struct{}, 1),
		positions:   newPositions(),
		applying:    make(chan struct{}, applyMax),
		runners:     map[version]*running{},
		standstills: map[string]time.Time{},
		newer:       map[waiting]*eventstore.NewerReleaseError{},
		looks:       map[version]look{},
		closed:      map[string]bool{},
	}
	e.sweeper = newSweeper(e)
	return e
}

// Appended tells the engine that this process has written events to a ledger. It never blocks.
func (e *Engine) Appended(ledger uuid.UUID, _ int64) {
	e.eachRunner(func(_ version, w *waker) { w.heard(ledger) })
	e.watchers.heard(ledger)
	e.news.add(ledger.String())
}

// Stored gives the engine the events that this process has written to a ledger, so that it need not read them. It never
// blocks.
func (e *Engine) Stored(ledger uuid.UUID, events []eventstore.Event) {
	if !e.follows.Load() {
		e.chunks.Add(ledger, events)
	}
}

// Diverged tells the engine that the log has lost events of a ledger that this process knew.
func (e *Engine) Diverged(ledger uuid.UUID) { e.chunks.Drop(ledger) }

// enter waits until another message may be applied.
func (e *Engine) enter(ctx context.Context) (leave func(), err error) {
	select {
	case e.applying <- struct{}{}:
		return func() { <-e.applying }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *Engine) eachRunner(f func(version, *waker)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for v, r := range e.runners {
		f(v, r.wake)
	}
}

// hurry makes a projection's subscriptions look now, because a reader of this ledger waits. Where other processes have them,
// it asks those.
func (e *Engine) hurry(projection string, ledger uuid.UUID) {
	if e.follows.Load() {
		e.news.add(readerWaits(projection, ledger))
		return
	}
	e.hurryOwn(projection, ledger)
}

func (e *Engine) hurryOwn(projection string, ledger uuid.UUID) {
	e.eachRunner(func(v version, w *waker) {
		if v.projection == projection {
			w.hurry(ledger)
		}
	})
}

// Prepare creates a version of this program's revision for each projection that has none. Where the log has events, Run fills
// it before it serves.
func (e *Engine) Prepare(ctx context.Context) error {
	for _, p := range e.projections {
		if err := e.ensureVersion(ctx, p); err != nil {
			return fmt.Errorf("prepare projection %s: %w", p.Name, err)
		}
	}
	return nil
}

// Run builds the read models until ctx ends, then waits for everything that it started. Call Prepare first.
func (e *Engine) Run(ctx context.Context) error {
	feed := stdlib.OpenDBFromPool(e.feed)
	defer feed.Close()
	var sweeping sync.WaitGroup
	sweeping.Go(func() { e.sweeper.run(ctx) })
	defer sweeping.Wait()
	defer e.stopAll()
	e.lookAfter(ctx, func() (unsettled bool, err error) { return e.reconcile(ctx, feed) })
	return nil
}

// lookAfter looks at the versions again and again until ctx ends, and keeps in touch with other processes.
func (e *Engine) lookAfter(ctx context.Context, look func() (unsettled bool, err error)) {
	var working sync.WaitGroup
	working.Go(func() { e.notify(ctx) })
	working.Go(func() { e.listen(ctx) })
	defer working.Wait()
	for {
		begun := time.Now()
		unsettled, err := look()
		if err != nil && ctx.Err() == nil {
			e.log.Warn("projection versions could not be looked after", slog.Any("error", err))
		}
		rest := e.poll
		if unsettled {
			// A look at very many ledgers takes its time, and should not take all of it.
			rest = min(rest, max(settleInterval, 4*time.Since(begun)))
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-e.changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// reconcile starts the versions that should run and stops the others: commands of other processes make versions come
// and go too.
func (e *Engine) reconcile(ctx context.Context, feed *sql.DB) (unsettled bool, err error) {
	all, err := e.versions(ctx)
	if err != nil {
		return false, err
	}
	run := map[string]bool{}
	for _, v := range all {
		p, known := e.projection(v)
		if !known || v.status == StatusDropped {
			continue
		}
		run[v.String()] = true
		e.start(ctx, feed, p, v)
	}
	e.stopAllBut(run)
	unsettled, err = e.settleAll(ctx, all, func(v version) (ready bool, err error) {
		_, ready, err = e.settle(ctx, v)
		return ready, err
	})
	return unsettled, errors.Join(err, e.forgiveUnknown(ctx, slices.Collect(maps.Keys(run))))
}

// projection finds the code of a version. A version of another revision belongs to another program.
func (e *Engine) projection(v version) (Projection, bool) {
	for _, p := range e.projections {
		if p.Name == v.projection && p.Revision == v.revision {
			return p, true
		}
	}
	return Projection{}, false
}

func (e *Engine) start(ctx context.Context, feed *sql.DB, p Projection, v version) {
	v = v.key() // it stays the same runner through all its states
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, already := e.runners[v]; already {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &runner{engine: e, projection: p, version: v}
	r.wake = newWaker(ctx, r.log())
	done := make(chan struct{})
	e.runners[v] = &running{wake: r.wake, stop: cancel, done: done}
	signal(e.sweeper.asked) // it does not know where there are events
	go func() {
		defer close(done)
		defer cancel()
		err := r.run(ctx, feed)
		if ctx.Err() == nil {
			e.log.Error("projection ended", slog.String("projection", v.String()), slog.Any("error", err))
			e.forget(v)
		}
	}()
}

// forget lets the next reconcile start a runner again after it ended by itself.
func (e *Engine) forget(v version) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.runners, v)
}

func (e *Engine) stopAll() { e.stopAllBut(nil) }

func (e *Engine) stopAllBut(keep map[string]bool) {
	e.mu.Lock()
	var stopping []*running
	for v, r := range e.runners {
		if !keep[v.String()] {
			r.stop()
			stopping = append(stopping, r)
			delete(e.runners, v)
		}
	}
	e.mu.Unlock()
	for _, r := range stopping {
		<-r.done
	}
}
