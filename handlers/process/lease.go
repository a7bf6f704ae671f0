package process

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
)

// leaseRetry is the time between two tries of a caller that must have a lease.
const leaseRetry = 50 * time.Millisecond

// tryLease takes the lease on a ledger's deadlines, unless somebody has it or this process has as many leases as it may.
// The lease ends with its connection, however the process ends.
func (d *Deadlines) tryLease(ctx context.Context, ledger eventstore.Ledger) (release func(), ok bool, err error) {
	select {
	case d.leases <- struct{}{}:
	default:
		return nil, false, nil
	}
	unlock, ok, err := lock(ctx, d.pool, ledger)
	if err != nil || !ok {
		<-d.leases
		return nil, false, err
	}
	return func() {
		unlock()
		<-d.leases
	}, true, nil
}

// lock takes the lock of a ledger's lease on a connection of its own, if the lock is free.
func lock(ctx context.Context, pool *pgxpool.Pool, ledger eventstore.Ledger) (unlock func(), ok bool, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("lease ledger %s: %w", ledger.Name, err)
	}
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(5, hashtext($1::uuid::text))`, [16]byte(ledger.ID)).Scan(&ok)
	if err != nil || !ok {
		conn.Release()
		if err != nil {
			return nil, false, fmt.Errorf("lease ledger %s: %w", ledger.Name, err)
		}
		return nil, false, nil
	}
	return func() {
		_, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(5, hashtext($1::uuid::text))`, [16]byte(ledger.ID))
		if err != nil {
			// A connection that may still hold the lock must not serve anybody else.
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
		conn.Release()
	}, true, nil
}

// lease takes the lease on a ledger's deadlines, and waits as long as somebody else has it.
func (d *Deadlines) lease(ctx context.Context, ledger eventstore.Ledger) (release func(), err error) {
	ticker := time.NewTicker(leaseRetry)
	defer ticker.Stop()
	for {
		release, ok, err := d.tryLease(ctx, ledger)
		if ok || err != nil {
			return release, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("lease ledger %s: %w", ledger.Name, ctx.Err())
		}
	}
}
