package process

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// leaseRetry is the time between two tries of a caller that must have a lease.
	leaseRetry = 100 * time.Millisecond
	// renewAfter is well within the time for which a lease counts.
	renewAfter = 3 * time.Second
	// leaseTimeout bounds the taking and the giving back, which go on when the caller has given up: as long as a lease counts.
	leaseTimeout = 10 * time.Second
)

// lease is one worker's right to carry out the deadlines of a ledger, or of all live ledgers, or to deliver to an endpoint.
type lease struct {
	db      eventstore.Querier
	ledger  uuid.UUID
	holder  uuid.UUID
	renewed time.Time // by this process's clock; zero while it is not known to be held
	asked   bool      // it may be held
}

// allLive stands in a lease for the live ledgers together.
var allLive = uuid.Nil

func (d *Deadlines) newLease(ledger uuid.UUID) *lease { return newLease(d.pool, ledger) }

func newLease(db eventstore.Querier, id uuid.UUID) *lease {
	return &lease{db: db, ledger: id, holder: uuid.Must(uuid.NewV7())}
}

// again gives the same holder's lease for another goroutine.
func (l *lease) again() *lease { return &lease{db: l.db, ledger: l.ledger, holder: l.holder} }

// try takes the lease or renews it, unless somebody else has it. It waits for the answer when its caller gives up meanwhile:
// a lease that was taken and never heard of would keep everybody waiting until it expires.
func (l *lease) try(ctx context.Context) (held bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
	defer cancel()
	l.asked = true
	var rows int
	err = l.db.QueryRow(ctx, `
		WITH held AS (
			INSERT INTO tallystick.leases (ledger_id, holder, expires_at)
			VALUES ($1, $2, clock_timestamp() + interval '10 seconds')
			ON CONFLICT (ledger_id) DO UPDATE
			SET holder = excluded.holder, expires_at = excluded.expires_at
			WHERE leases.holder = excluded.holder OR leases.expires_at <= clock_timestamp()
			RETURNING 1
		)
		SELECT count(*) FROM held`, [16]byte(l.ledger), [16]byte(l.holder)).Scan(&rows)
	if err != nil {
		return false, fmt.Errorf("lease ledger %s: %w", l.ledger, err)
	}
	if l.asked = rows > 0; l.asked {
		l.renewed = time.Now()
	}
	return l.asked, nil
}

// keep does what try does, and asks nobody while the lease is fresh.
func (l *lease) keep(ctx context.Context) (held bool, err error) {
	if !l.renewed.IsZero() && time.Since(l.renewed) < renewAfter {
		return true, nil
	}
	return l.try(ctx)
}

// hold waits for the lease as long as somebody else has it, or the database does not answer in time.
func (l *lease) hold(ctx context.Context) error {
	ticker := time.NewTicker(leaseRetry)
	defer ticker.Stop()
	for {
		held, err := l.keep(ctx)
		if held || err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("lease ledger %s: %w", l.ledger, ctx.Err())
		}
	}
}

// release gives the lease back, if it is still held. One that can't be given back expires.
func (l *lease) release(ctx context.Context) {
	if !l.asked {
		return
	}
	l.asked, l.renewed = false, time.Time{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
	defer cancel()
	var rows int
	_ = l.db.QueryRow(ctx, `
		WITH gone AS (
			DELETE FROM tallystick.leases
			WHERE ledger_id = $1 AND holder = $2
			RETURNING 1
		)
		SELECT count(*) FROM gone`, [16]byte(l.ledger), [16]byte(l.holder)).Scan(&rows)
}
