package process

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

const (
	// pollInterval is the time between two looks; a deadline is carried out at most so late while nothing is amiss.
	pollInterval = time.Second
	// parkedFor is the time for which a deadline is left alone that could not be carried out.
	parkedFor = 10 * time.Minute
	// leasesMax limits the ledgers that one process works on at once. A lease takes a connection from the pool, and the work
	// under it takes more, so without a limit the leases could take all connections and wait for one another.
	leasesMax = 4
)

// Deadlines carries out the deadlines of all ledgers.
type Deadlines struct {
	store  *eventstore.Store
	engine *engine.Engine
	pool   *pgxpool.Pool
	now    func() time.Time
	log    *slog.Logger

	leases chan struct{}   // holds one for each lease of this process
	ended  context.Context // done once Run has ended
	end    context.CancelFunc

	mu     sync.Mutex
	parked map[parkedDeadline]time.Time // until when
}

type parkedDeadline struct {
	ledger uuid.UUID
	projections.Deadline
}

// NewDeadlines makes a runner on a store and an engine. The pool serves the leases and the list of ledgers; now is the
// system's clock.
func NewDeadlines(store *eventstore.Store, models *engine.Engine, pool *pgxpool.Pool, now func() time.Time, log *slog.Logger) *Deadlines {
	d := &Deadlines{
		store: store, engine: models, pool: pool, now: now, log: log,
		leases: make(chan struct{}, leasesMax), parked: map[parkedDeadline]time.Time{},
	}
	d.ended, d.end = context.WithCancel(context.Background())
	return d
}

// Run looks after all ledgers until ctx ends. It then cuts off every Advance, which might take longer than anyone waits for
// a program to end. It logs failures and tries again. It must be called once.
func (d *Deadlines) Run(ctx context.Context) error {
	defer d.end()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if err := d.sweep(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("deadlines were not carried out, trying again", slog.Any("error", err))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// sweep carries out the deadlines of each ledger that nobody else works on. A failure in one ledger holds up no other.
func (d *Deadlines) sweep(ctx context.Context) error {
	ledgers, err := eventstore.Ledgers(ctx, d.pool)
	if err != nil {
		return err
	}
	var failed []error
	for _, ledger := range ledgers {
		failed = append(failed, d.look(ctx, ledger))
	}
	return errors.Join(failed...)
}

// look carries out the deadlines of one ledger, if any are due and nobody else works on it.
func (d *Deadlines) look(ctx context.Context, ledger eventstore.Ledger) error {
	r := &round{Deadlines: d, ledger: ledger, left: d.parkedIn(ledger.ID)}
	due, err := r.due(ctx, 1)
	if err != nil || len(due) == 0 {
		return err
	}
	release, ok, err := d.tryLease(ctx, ledger)
	if err != nil || !ok {
		return err
	}
	defer release()
	known := len(r.left)
	err = r.run(ctx)
	d.park(ledger.ID, r.left[known:])
	return err
}

// park leaves deadlines alone for a while.
func (d *Deadlines) park(ledger uuid.UUID, deadlines []projections.Deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, deadline := range deadlines {
		d.parked[parkedDeadline{ledger, deadline}] = d.now().Add(parkedFor)
	}
}

// parkedIn returns a ledger's deadlines that are left alone now.
func (d *Deadlines) parkedIn(ledger uuid.UUID) []projections.Deadline {
	d.mu.Lock()
	defer d.mu.Unlock()
	var deadlines []projections.Deadline
	for p, until := range d.parked {
		switch {
		case !d.now().Before(until):
			delete(d.parked, p)
		case p.ledger == ledger:
			deadlines = append(deadlines, p.Deadline)
		}
	}
	return deadlines
}
