package sealer

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/eventstore/audit"
)

const (
	// lookInterval is the time between two looks at all ledgers.
	lookInterval = time.Second
	// gatherTime lets events gather for one checkpoint.
	gatherTime = 200 * time.Millisecond
	// ledgersMax limits the ledgers that are sealed at once: each takes a connection.
	ledgersMax = 3
	// batchLeaves limits the leaves of one checkpoint. It is more than one command may write.
	batchLeaves = 1 << 16
)

// Options hold what a sealer works with.
type Options struct {
	Pool *pgxpool.Pool
	Keys audit.Keys
	// Origin begins the names of all logs.
	Origin string
	// File gives the path of a ledger's outside copy.
	File func(ledger uuid.UUID) string
	// Witness cosigns; nil for none.
	Witness *Witness
	Now     func() time.Time
	Log     *slog.Logger
}

// Sealer seals all ledgers of a database.
type Sealer struct {
	Options
	wake chan struct{}

	mu       sync.Mutex
	touched  map[uuid.UUID]bool // ledgers to look at
	checked  map[uuid.UUID]bool // ledgers that were looked at since the start, and whether they are refused
	events   int64              // that were sealed
	failures int64

	witnessAfter time.Time // it is left alone before then
}

// New makes a sealer.
func New(o Options) *Sealer {
	return &Sealer{Options: o, wake: make(chan struct{}, 1), touched: map[uuid.UUID]bool{}, checked: map[uuid.UUID]bool{}}
}

// Appended has a ledger sealed soon.
func (s *Sealer) Appended(ledger uuid.UUID, _ int64) {
	s.mu.Lock()
	s.touched[ledger] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run seals until ctx ends. It logs failures and tries again. It must be called once.
func (s *Sealer) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	var looked time.Time
	for {
		if time.Since(looked) >= lookInterval {
			looked = time.Now()
			if err := s.look(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("the ledgers to seal were not found, trying again", slog.Any("error", err))
			}
		}
		s.sealTouched(ctx)
		select {
		case <-time.After(gatherTime):
		case <-ctx.Done():
			return nil
		}
		select {
		case <-ticker.C:
		case <-s.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// look finds the ledgers that have other events than are sealed, and those whose sealing was restarted. After a start, and after
// a failure, it takes every ledger that was ever sealed: the database may have been restored.
func (s *Sealer) look(ctx context.Context) error {
	s.mu.Lock()
	all := len(s.checked) == 0
	s.mu.Unlock()
	rows, err := s.Pool.Query(ctx, `
		SELECT l.ledger_id
		FROM tallystick.ledgers l
		LEFT JOIN tallystick.audit_seals s ON s.ledger_id = l.ledger_id
		LEFT JOIN LATERAL (
			SELECT e.position
			FROM tallystick.events e
			WHERE e.ledger_id = l.ledger_id
			ORDER BY e.position DESC
			LIMIT 1
		) t ON true
		WHERE $1 AND s.ledger_id IS NOT NULL
		   OR s.refusal IS NULL AND coalesce(t.position, 0) <> coalesce(s.size, 0)
		   OR s.refusal IS NOT NULL AND EXISTS (
			SELECT FROM tallystick.events r
			WHERE r.ledger_id = l.ledger_id AND r.stream = $2 AND r.version >= s.tree
		)`, all, restartStream)
	if err == nil {
		var found []uuid.UUID
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (uuid.UUID, error) {
			var id [16]byte
			err := row.Scan(&id)
			return id, err
		})
		s.mu.Lock()
		for _, id := range found {
			s.touched[id] = true
		}
		s.mu.Unlock()
	}
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		clear(s.checked) // the database may be another one when it is back
		return fmt.Errorf("look for ledgers to seal: %w", err)
	}
	return nil
}

// sealTouched seals the ledgers that were touched, as far as one checkpoint goes.
func (s *Sealer) sealTouched(ctx context.Context) {
	s.mu.Lock()
	ledgers := slices.Collect(maps.Keys(s.touched))
	clear(s.touched)
	s.mu.Unlock()
	var sealing errgroup.Group
	sealing.SetLimit(ledgersMax)
	for _, ledger := range ledgers {
		sealing.Go(func() error {
			more, err := s.Seal(ctx, ledger)
			if err != nil && ctx.Err() == nil {
				s.mu.Lock()
				s.failures++
				s.mu.Unlock()
				s.Log.Warn("a ledger was not sealed, trying again", slog.String("ledger", ledger.String()), slog.Any("error", err))
			}
			if more {
				s.Appended(ledger, 0)
			}
			return nil
		})
	}
	_ = sealing.Wait()
}

// origin names the log of a ledger's tree.
func (s *Sealer) origin(ledger uuid.UUID, tree int) string { return originOf(s.Origin, ledger, tree) }

func originOf(begin string, ledger uuid.UUID, tree int) string {
	if tree == 1 {
		return fmt.Sprintf("%s/%s", begin, ledger)
	}
	return fmt.Sprintf("%s/%s/%d", begin, ledger, tree)
}

// restartStream has an event for each restart of the audit.
const restartStream = "audit:main"
