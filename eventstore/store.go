package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
)

// commandTimeout bounds a command unless Options say otherwise.
const commandTimeout = 10 * time.Second

// Options hold a store's settings. The zero value is usable.
type Options struct {
	// CacheBytes bounds the cached stream states; 0 means 256 MiB.
	CacheBytes int
	// Timeout bounds a command whose caller set no deadline, or a later one, and each reading for it; 0 means ten seconds.
	Timeout time.Duration
	// Now is the system's clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
	// Reads serves the reading of streams that the cache does not hold; nil means the store's own pool. On another pool,
	// commands that wait for a slow reading can't take the connections that appending needs.
	Reads *pgxpool.Pool
	// Appended is called after each append that wrote events, with the ledger's new tail. It must not block.
	Appended func(ledger uuid.UUID, tail int64)
	// Stored is called before Appended with the events themselves, decoded from what was stored, without Data and private
	// parts. They are everybody's, so nobody may write to them. It must not block.
	Stored func(ledger uuid.UUID, events []Event)
	// Diverged is called when the log turns out to have lost events that this process knows: the database failed over or was
	// restored. Whatever else was kept of the ledger's events is of a log that there is no more. It must not block.
	Diverged func(ledger uuid.UUID)
	// Idle is how long an executor without commands stays; 0 means a minute.
	Idle time.Duration
	// Traces takes the spans of commands and appends; nil means that there are none.
	Traces trace.TracerProvider
}

// Store executes commands on ledgers. Any number of stores, in any number of processes, may work on one ledger.
type Store struct {
	pool     *pgxpool.Pool
	reads    *pgxpool.Pool
	codec    *Codec
	states   *states
	timeout  time.Duration
	now      func() time.Time
	log      *slog.Logger
	onAppend func(uuid.UUID, int64)
	onStored func(uuid.UUID, []Event)
	onLoss   func(uuid.UUID)
	idle     time.Duration
	tracer   trace.Tracer
	metrics  metrics

	divergences atomic.Int64
	// stuck is for the executors whose ledgers are locked elsewhere. One of them tries at a time, so that the others' connections
	// are free.
	stuck chan struct{}
	// lightDry and heavyDry are for dry runs, which are decided a few at a time.
	lightDry, heavyDry chan struct{}
	dryBytes           atomic.Int64 // of those that wait or are decided

	mu        sync.Mutex
	executors map[uuid.UUID]*executor
	closed    bool
	stop      chan struct{}
	running   sync.WaitGroup
}

// New makes a store on a pool that acts as the program's role.
func New(pool *pgxpool.Pool, codec *Codec, o Options) (*Store, error) {
	if o.CacheBytes == 0 {
		o.CacheBytes = 256 << 20
	}
	if o.Reads == nil {
		o.Reads = pool
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout == 0 {
		o.Timeout = commandTimeout
	}
	cache, err := newStates(codec, o)
	if err != nil {
		return nil, fmt.Errorf("make the state cache: %w", err)
	}
	s := &Store{
		pool:      pool,
		reads:     o.Reads,
		codec:     codec,
		states:    cache,
		timeout:   o.Timeout,
		now:       o.Now,
		log:       o.Log,
		onAppend:  o.Appended,
		onStored:  o.Stored,
		onLoss:    o.Diverged,
		idle:      o.Idle,
		tracer:    newTracer(o.Traces),
		metrics:   newMetrics(),
		stuck:     make(chan struct{}, 1),
		lightDry:  make(chan struct{}, lightDryRuns()),
		heavyDry:  make(chan struct{}, heavyDryRuns()),
		executors: map[uuid.UUID]*executor{},
		stop:      make(chan struct{}),
	}
	cache.onLoss = s.diverged
	if s.idle == 0 {
		s.idle = time.Minute
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.running.Go(func() { s.states.keeper.run(s.stop) })
	return s, nil
}

// Execute brings a command to its end. It returns its outcome, or a *domain.Rejection, or one of this package's errors;
// any other error is a fault of ours. When ctx ends early, the command is not done any more, or ErrOutcomeUnknown says that
// it may have been.
func (s *Store) Execute(ctx context.Context, ledger Ledger, c Command) (outcome Outcome, err error) {
	ctx, end := s.traceCommand(ctx, ledger, c)
	defer func() { end(outcome, err) }()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if ledger.Mode == ModeSandbox && !slices.Contains(c.Writes, clock.Stream()) {
		c.Reads = append(slices.Clip(c.Reads), clock.Stream())
	}
	if c.DryRun {
		return s.dryRun(ctx, ledger, c)
	}
	arrived := s.now()
	uncertain := false
	for {
		loaded, err := s.load(ctx, ledger, c.streams())
		if err != nil {
			return Outcome{}, unavailable(err)
		}
		p := newPending(ctx, ledger, c, loaded, arrived)
		p.uncertain = uncertain
		r, err := s.await(p)
		if err != nil {
			return Outcome{}, err
		}
		if r.answers() {
			return r.outcome, r.err
		}
		// What was declared must not be written to: it is the caller's, and shared by the commands that it makes.
		c.Writes, uncertain = append(slices.Clip(c.Writes), r.need...), p.uncertain
		if !r.reload {
			continue
		}
		if err := s.states.refresh(ctx, ledger.ID, c.streams()); err != nil {
			return Outcome{}, unavailable(err)
		}
	}
}

// await queues the command and waits for what becomes of it.
func (s *Store) await(p *pending) (result, error) {
	x, err := s.queue(p)
	if err != nil {
		return result{}, err
	}
	select {
	case r := <-p.done:
		return r, nil
	case <-p.ctx.Done():
	}
	if !p.leave() {
		return result{}, ErrOutcomeUnknown
	}
	if x.away.Load() || errors.Is(p.ctx.Err(), context.Canceled) {
		return result{}, fmt.Errorf("%w: %w", ErrUnavailable, p.ctx.Err())
	}
	return result{}, fmt.Errorf("%w: %w", ErrOverloaded, p.ctx.Err())
}

// queue gives the command to the ledger's executor.
func (s *Store) queue(p *pending) (*executor, error) {
	for {
		x, err := s.executor(p.ledger)
		if err != nil {
			return nil, err
		}
		if err := x.queue.push(p); !errors.Is(err, errEnded) {
			return x, err
		}
	}
}

// load reads what the command stands on, as far as the cache does not have it. When connections break it is tried as often as
// the pool has some, and once more: when the database drops them all, each attempt may be handed another dead one.
func (s *Store) load(ctx context.Context, ledger Ledger, streams []domain.Stream) (loaded []folded, err error) {
	for attempt := int32(0); ; attempt++ {
		loaded, err = s.states.load(ctx, ledger.ID, streams)
		if err == nil || !isTransient(err) || attempt == s.reads.Stat().MaxConns() || ctx.Err() != nil {
			return loaded, err
		}
	}
}

// unavailable marks an error before anything was sent, when the database being away is its cause.
func unavailable(err error) error {
	if isTransient(err) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// executor finds the one executor of a ledger, or starts it.
func (s *Store) executor(ledger Ledger) (*executor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	x, running := s.executors[ledger.ID]
	if !running {
		x = &executor{store: s, ledger: ledger, queue: newQueue()}
		s.executors[ledger.ID] = x
		s.running.Go(func() { x.run(s.stop) })
	}
	return x, nil
}

// retire lets an executor end, unless commands wait.
func (s *Store) retire(x *executor) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !x.queue.close() {
		return false
	}
	delete(s.executors, x.ledger.ID)
	return true
}

// enterStuck waits for the turn of an executor whose ledger is locked elsewhere.
func (s *Store) enterStuck(ctx context.Context) (leave func(), err error) {
	select {
	case s.stuck <- struct{}{}:
		return func() { <-s.stuck }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// appended tells the listener about new events.
func (s *Store) appended(ledger Ledger, tail int64) {
	if s.onAppend != nil {
		s.onAppend(ledger.ID, tail)
	}
}

// diverged tells that the log has lost what a state stood on. The connections may be to a server that is no more the one, so
// new ones are made.
func (s *Store) diverged(ledger uuid.UUID, stream domain.Stream) {
	s.log.Error("the log has lost events that this process knows; what it knows of the ledger is dropped",
		slog.String("ledger", ledger.String()), slog.String("stream", string(stream)))
	s.divergences.Add(1)
	s.pool.Reset()
	s.reads.Reset()
	if s.onLoss != nil {
		s.onLoss(ledger)
	}
}

// Stats shows what a store is doing.
type Stats struct {
	Executors    int // ledgers that commands came for lately
	Waiting      int // commands in their queues
	WaitingBytes int // what they were made of
	Divergences  int64
}

// Stats tells what the store is doing.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Executors: len(s.executors), Divergences: s.divergences.Load()}
	for _, x := range s.executors {
		commands, bytes := x.queue.load()
		stats.Waiting, stats.WaitingBytes = stats.Waiting+commands, stats.WaitingBytes+bytes
	}
	return stats
}

// Close refuses new commands and waits until those that wait are answered.
func (s *Store) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stop)
	}
	s.mu.Unlock()
	s.running.Wait()
	s.states.loader.close()
}
