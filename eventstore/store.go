package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
)

// commandTimeout bounds a command unless Options say otherwise.
const commandTimeout = 10 * time.Second

// Options are a store's settings. The zero value is usable.
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
}

// Store executes commands on ledgers. Any number of stores, in any number of processes, may work on one ledger.
type Store struct {
	pool     *pgxpool.Pool
	codec    *Codec
	states   *states
	timeout  time.Duration
	now      func() time.Time
	log      *slog.Logger
	onAppend func(uuid.UUID, int64)

	mu        sync.Mutex
	executors map[uuid.UUID]*executor
	closed    bool
	stop      chan struct{}
	drained   chan struct{} // every executor has ended
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
		codec:     codec,
		states:    cache,
		timeout:   o.Timeout,
		now:       o.Now,
		log:       o.Log,
		onAppend:  o.Appended,
		executors: map[uuid.UUID]*executor{},
		stop:      make(chan struct{}),
		drained:   make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.running.Go(func() { s.states.keeper.run(s.stop) })
	return s, nil
}

// Execute brings a command to its end. It returns its outcome, or a *domain.Rejection, or one of this package's errors;
// any other error is a fault of ours. When ctx ends early the command goes on, and ErrOutcomeUnknown says so.
func (s *Store) Execute(ctx context.Context, ledger Ledger, c Command) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	executor, err := s.executor(ledger)
	if err != nil {
		return Outcome{}, err
	}
	if ledger.Mode == ModeSandbox && !slices.Contains(c.Writes, clock.Stream()) {
		c.Reads = append(slices.Clip(c.Reads), clock.Stream())
	}
	deadline, _ := ctx.Deadline()
	arrived := s.now()
	sent := false
	for {
		loaded, err := s.load(ctx, ledger, c.streams())
		if err != nil {
			return Outcome{}, unavailable(err)
		}
		p := newPending(ledger, c, loaded, arrived, deadline)
		p.sent = sent
		select {
		case executor.queue <- p:
		default:
			return Outcome{}, ErrOverloaded
		}
		select {
		case r := <-p.done:
			if r.answers() {
				return r.outcome, r.err
			}
			// What was declared must not be written to: it is the caller's, and shared by the commands that it makes.
			c.Writes, sent = append(slices.Clip(c.Writes), r.need...), p.sent
			if !r.reload {
				continue
			}
			if err := s.states.refresh(ctx, ledger.ID, c.streams()); err != nil {
				return Outcome{}, unavailable(err)
			}
		case <-s.drained:
			// The executor may have ended before this command was queued, or may have answered it last of all.
			select {
			case r := <-p.done:
				if r.answers() {
					return r.outcome, r.err
				}
			default:
			}
			return Outcome{}, ErrClosed
		case <-ctx.Done():
			return Outcome{}, ErrOutcomeUnknown
		}
	}
}

// loadAttempts is how often reading is tried when a connection breaks: the pool may have handed out one that was dead.
const loadAttempts = 3

// load reads what the command stands on, as far as the cache does not have it.
func (s *Store) load(ctx context.Context, ledger Ledger, streams []domain.Stream) (loaded []folded, err error) {
	for attempt := 1; ; attempt++ {
		loaded, err = s.states.load(ctx, ledger.ID, streams)
		if err == nil || attempt == loadAttempts || !isTransient(err) || ctx.Err() != nil {
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

func (s *Store) executor(ledger Ledger) (*executor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	x, running := s.executors[ledger.ID]
	if !running {
		x = &executor{store: s, ledger: ledger, queue: make(chan *pending, queueMax)}
		s.executors[ledger.ID] = x
		s.running.Go(func() { x.run(s.stop) })
	}
	return x, nil
}

// appended tells the listener about new events.
func (s *Store) appended(ledger Ledger, tail int64) {
	if s.onAppend != nil {
		s.onAppend(ledger.ID, tail)
	}
}

// Close refuses new commands and waits until those that wait are answered.
func (s *Store) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.stop)
		s.running.Wait()
		s.states.loader.close()
		close(s.drained)
	}
	<-s.drained
}
