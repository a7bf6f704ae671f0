package process

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
)

const (
	// pollInterval is how late a deadline may be carried out while nothing is amiss.
	pollInterval = time.Second
	// parkedFor is how long a stream is left alone that refused to carry out what is due.
	parkedFor = 10 * time.Minute
)

// Deadlines carries out what is due, in all ledgers.
type Deadlines struct {
	store  *eventstore.Store
	engine *projections.Engine
	pool   *pgxpool.Pool
	now    func() time.Time
	log    *slog.Logger

	mu     sync.Mutex
	parked map[parkedStream]time.Time // until when
}

type parkedStream struct {
	ledger uuid.UUID
	stream domain.Stream
}

// NewDeadlines makes a runner on a store and an engine; the pool serves the leases and the list of ledgers, and now is the
// system's clock.
func NewDeadlines(store *eventstore.Store, engine *projections.Engine, pool *pgxpool.Pool, now func() time.Time, log *slog.Logger) *Deadlines {
	return &Deadlines{store: store, engine: engine, pool: pool, now: now, log: log, parked: map[parkedStream]time.Time{}}
}

// Run looks after all ledgers until ctx ends. What fails is logged and tried again.
func (d *Deadlines) Run(ctx context.Context) error {
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

// sweep carries out what is due in each ledger that nobody else works on.
func (d *Deadlines) sweep(ctx context.Context) error {
	ledgers, err := eventstore.Ledgers(ctx, d.pool)
	if err != nil {
		return err
	}
	for _, ledger := range ledgers {
		due, err := d.due(ctx, ledger, 0, 1)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			continue
		}
		release, ok, err := tryLease(ctx, d.pool, ledger)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		_, _, err = d.runDue(ctx, ledger, 0)
		release()
		if err != nil {
			return err
		}
	}
	return nil
}

// park leaves a stream alone for a while.
func (d *Deadlines) park(ledger uuid.UUID, stream domain.Stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parked[parkedStream{ledger, stream}] = d.now().Add(parkedFor)
}

// parkedIn are a ledger's streams that are left alone now.
func (d *Deadlines) parkedIn(ledger uuid.UUID) []domain.Stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	var streams []domain.Stream
	for p, until := range d.parked {
		switch {
		case !d.now().Before(until):
			delete(d.parked, p)
		case p.ledger == ledger:
			streams = append(streams, p.stream)
		}
	}
	return streams
}
