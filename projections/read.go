package projections

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// readWait is how long a query waits for a read model to reach the position that it asked for.
const readWait = 2 * time.Second

// BehindError says that a read model did not reach the position that a query asked for in time.
type BehindError struct {
	Projection         string
	Position, Required int64
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("read model %s is at position %d, behind %d", e.Projection, e.Position, e.Required)
}

// Read runs a query on the active version of a read model. Version, position and rows are of one snapshot; the position
// is what it gives back. With a minimum position it waits up to two seconds for it, then fails with *BehindError.
func (e *Engine) Read(ctx context.Context, projection string, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx) error) (int64, error) {
	deadline := time.Now().Add(readWait)
	for {
		changed := e.positions.changed()
		position, err := e.readOnce(ctx, projection, ledger, minimum, query)
		var behind *BehindError
		if !errors.As(err, &behind) || time.Now().After(deadline) {
			return position, err
		}
		e.hurry(projection)
		if err := waitForChange(ctx, changed); err != nil {
			return 0, err
		}
	}
}

// waitForChange ends when a page was applied here, or after a moment, since another process may be the one that applies.
func waitForChange(ctx context.Context, changed <-chan struct{}) error {
	timer := time.NewTimer(20 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (e *Engine) readOnce(ctx context.Context, projection string, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx) error) (position int64, err error) {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, e.pool, options, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT coalesce((
			           SELECT c.to_position
			           FROM tallystick.projection_checkpoints c
			           WHERE c.ledger_id = $1 AND c.projection = $2 AND c.version = v.version
			           ORDER BY c.from_position DESC
			           LIMIT 1), 0)
			FROM tallystick.projection_versions v
			CROSS JOIN LATERAL set_config('search_path', v.projection || '_' || v.version || ', tallystick', true)
			WHERE v.projection = $2 AND v.status = 'active'`, [16]byte(ledger), projection).Scan(&position)
		if err != nil {
			return fmt.Errorf("find the active version of %s: %w", projection, err)
		}
		if position < minimum {
			return &BehindError{Projection: projection, Position: position, Required: minimum}
		}
		return query(ctx, tx)
	})
	return position, err
}

// positions tells waiting readers that some page was applied in this process.
type positions struct {
	mu      sync.Mutex
	waiting chan struct{}
}

func newPositions() *positions { return &positions{waiting: make(chan struct{})} }

// changed is closed when the next page is applied.
func (p *positions) changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting
}

func (p *positions) advance() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.waiting)
	p.waiting = make(chan struct{})
}
