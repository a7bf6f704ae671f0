package accesslog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	// batchMax bounds the accesses that one transaction keeps.
	batchMax = 256
	// keepTimeout bounds a transaction.
	keepTimeout = 10 * time.Second
)

// Log keeps the accesses of a database's ledgers.
type Log struct {
	pool *pgxpool.Pool

	mu      sync.Mutex
	waiting []waiting
	keeping bool // somebody keeps what waits
}

// waiting is an access that is not kept yet.
type waiting struct {
	endpoint.Access
	kept chan error // takes one
}

// New makes a log in a database.
func New(pool *pgxpool.Pool) *Log { return &Log{pool: pool} }

// Record keeps an access. Those that come meanwhile are kept together.
func (l *Log) Record(ctx context.Context, a endpoint.Access) error {
	w := waiting{a, make(chan error, 1)}
	l.mu.Lock()
	l.waiting = append(l.waiting, w)
	begins := !l.keeping
	l.keeping = true
	l.mu.Unlock()
	if begins {
		go l.keepAll(context.WithoutCancel(ctx))
	}
	select {
	case err := <-w.kept:
		return err
	case <-ctx.Done():
		return fmt.Errorf("record an access: %w", ctx.Err())
	}
}

// keepAll keeps batch after batch until nothing waits.
func (l *Log) keepAll(ctx context.Context) {
	for {
		l.mu.Lock()
		n := min(len(l.waiting), batchMax)
		batch := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		l.keeping = n > 0
		l.mu.Unlock()
		if n == 0 {
			return
		}
		err := l.keep(ctx, batch)
		for _, w := range batch {
			w.kept <- err
		}
	}
}

// keep adds accesses in one transaction, ledger by ledger, so that two servers never wait for each other.
func (l *Log) keep(ctx context.Context, batch []waiting) error {
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	slices.SortStableFunc(batch, func(a, b waiting) int { return slices.Compare(a.Ledger[:], b.Ledger[:]) })
	statements := &pgx.Batch{}
	for i, w := range batch {
		if i == 0 || w.Ledger != batch[i-1].Ledger {
			// The numbers follow the order of commits. Queries' connections do not wait for the disk, and this must.
			statements.Queue(`
				SELECT set_config('synchronous_commit', 'on', true),
				       pg_advisory_xact_lock(hashtextextended('tallystick/access/' || $1::text, 0))`, w.Ledger.String())
		}
		statements.Queue(`
			INSERT INTO tallystick.access_log (ledger_id, access_id, actor, role, method, path, status, from_position, to_position, client)
			SELECT $1, coalesce(max(access_id), 0) + 1, $2, $3, $4, $5, $6, NULLIF($7::bigint, 0), NULLIF($8::bigint, 0), $9
			FROM tallystick.access_log
			WHERE ledger_id = $1`,
			[16]byte(w.Ledger), w.Actor, w.Role, w.Method, w.Path, w.Status, w.From, w.To, w.Client)
	}
	// A command that only looks has connections that may not write but for this.
	err := pgx.BeginTxFunc(ctx, l.pool, pgx.TxOptions{AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		return tx.SendBatch(ctx, statements).Close()
	})
	if err != nil {
		return fmt.Errorf("record %d accesses: %w", len(batch), err)
	}
	return nil
}
