package projections

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tallystick/tallystick/eventstore"
)

// Engine runs projections and answers queries from them.
type Engine struct {
	id          string // tells this process' notifications from others'
	pool        *pgxpool.Pool
	feed        *pgxpool.Pool
	codec       *eventstore.Codec
	projections []Projection
	log         *slog.Logger

	appended  chan struct{}
	changed   chan struct{} // versions may have come or gone
	positions *positions

	mu      sync.Mutex
	runners map[version]*running
}

type running struct {
	wake *waker
	stop context.CancelFunc
	done chan struct{}
}

// Options are what an engine works with.
type Options struct {
	// Pool serves applying and queries.
	Pool *pgxpool.Pool
	// Feed serves Watermill's subscribers, which hold a connection each while a page is applied. It must be another pool:
	// on a shared one, subscribers that wait for pages could take the connections that applying needs.
	Feed        *pgxpool.Pool
	Codec       *eventstore.Codec
	Projections []Projection
	Log         *slog.Logger
}

// New makes an engine. Queries work at once; Run builds the read models.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{
		id:          uuid.NewString(),
		pool:        o.Pool,
		feed:        o.Feed,
		codec:       o.Codec,
		projections: o.Projections,
		log:         o.Log,
		appended:    make(chan struct{}, 1),
		changed:     make(chan struct{}, 1),
		positions:   newPositions(),
		runners:     map[version]*running{},
	}
}

// Appended tells the engine that this process has written events. It never blocks.
func (e *Engine) Appended(uuid.UUID, int64) {
	e.wakeAll()
	signal(e.appended)
}

func (e *Engine) wakeAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.runners {
		signal(r.wake.news)
	}
}

// hurry makes the projection's subscriptions look now, because a reader waits.
func (e *Engine) hurry(projection string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for v, r := range e.runners {
		if v.projection == projection {
			signal(r.wake.hurry)
		}
	}
}

// Prepare makes sure that each projection has a version of this program's revision. Where none serves yet, as in a new
// database, it serves from the beginning.
func (e *Engine) Prepare(ctx context.Context) error {
	for _, p := range e.projections {
		if err := e.ensureVersion(ctx, p); err != nil {
			return fmt.Errorf("prepare projection %s: %w", p.Name, err)
		}
	}
	return nil
}

// Run builds the read models until ctx ends, then waits for all that it started. Prepare must have been called.
func (e *Engine) Run(ctx context.Context) error {
	feed := stdlib.OpenDBFromPool(e.feed)
	defer feed.Close()
	var working sync.WaitGroup
	working.Go(func() { e.notify(ctx) })
	working.Go(func() { e.listen(ctx) })
	defer working.Wait()
	defer e.stopAll()
	for {
		if err := e.reconcile(ctx, feed); err != nil && ctx.Err() == nil {
			e.log.Warn("projection versions could not be looked at", slog.Any("error", err))
		}
		select {
		case <-time.After(pollInterval):
		case <-e.changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// reconcile starts what should run and stops what should not: versions come and go by commands of other processes too.
func (e *Engine) reconcile(ctx context.Context, feed *sql.DB) error {
	wanted, err := e.versions(ctx)
	if err != nil {
		return err
	}
	run := map[string]bool{}
	for _, v := range wanted {
		p, known := e.projection(v)
		if !known || v.status == StatusDropped {
			continue
		}
		run[v.String()] = true
		e.start(ctx, feed, p, v)
		if v.status == StatusFilling {
			if _, err := e.swap(ctx, v); err != nil {
				return fmt.Errorf("swap to %s: %w", v, err)
			}
		}
	}
	e.stopAllBut(run)
	return nil
}

// projection finds the code of a version; a version of another revision is another program's to run.
func (e *Engine) projection(v version) (Projection, bool) {
	for _, p := range e.projections {
		if p.Name == v.projection && p.Revision == v.revision {
			return p, true
		}
	}
	return Projection{}, false
}

func (e *Engine) start(ctx context.Context, feed *sql.DB, p Projection, v version) {
	v.status = "" // a version stays the same runner through all its states
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, already := e.runners[v]; already {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &runner{engine: e, projection: p, version: v, wake: newWaker(ctx, e.log)}
	done := make(chan struct{})
	e.runners[v] = &running{wake: r.wake, stop: cancel, done: done}
	go func() {
		defer close(done)
		if err := r.run(ctx, feed); err != nil && ctx.Err() == nil {
			e.log.Error("projection ended", slog.String("projection", v.String()), slog.Any("error", err))
			e.forget(v)
		}
	}()
}

// forget lets the next reconcile start a runner again that ended by itself.
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
