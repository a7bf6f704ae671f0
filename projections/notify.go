package projections

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// channel is where processes tell each other that something was appended, or that the versions of projections changed.
const channel = "tallystick"

// notifyInterval is the shortest time between two notifications. Each takes a lock of the whole cluster at commit, so
// they are never sent by the transaction that appends, and many appends share one.
const notifyInterval = 10 * time.Millisecond

// notify tells other processes about appends of this one until ctx ends.
func (e *Engine) notify(ctx context.Context) {
	for {
		select {
		case <-e.appended:
		case <-ctx.Done():
			return
		}
		if _, err := e.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, e.id); err != nil && ctx.Err() == nil {
			e.log.Warn("other processes could not be told of new events", slog.Any("error", err))
		}
		pause(ctx, notifyInterval)
	}
}

// listen wakes the subscriptions for appends of other processes until ctx ends.
func (e *Engine) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := e.listenOnce(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("listening for new events failed, polling goes on", slog.Any("error", err))
			pause(ctx, pollInterval)
		}
	}
}

func (e *Engine) listenOnce(ctx context.Context) error {
	return withConn(ctx, e.pool, func(conn *pgxpool.Conn) error {
		if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		// Something may have been appended while nobody listened.
		e.wakeAll()
		for {
			notification, err := conn.Conn().WaitForNotification(ctx)
			if err != nil {
				return fmt.Errorf("wait for notifications: %w", err)
			}
			if notification.Payload != e.id {
				signal(e.changed)
				e.wakeAll()
			}
		}
	})
}

// withConn takes a connection out of the pool for good and closes it afterwards, since it has settings of its own.
func withConn(ctx context.Context, pool *pgxpool.Pool, f func(*pgxpool.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Hijack().Close(closing)
	}()
	return f(conn)
}
