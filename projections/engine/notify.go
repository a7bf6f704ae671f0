package engine

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Processes tell each other on this channel that they appended events, or that the versions of projections changed. A
// message holds its sender's id and either versionsChanged or the ledgers that have news.
const (
	channel         = "tallystick"
	versionsChanged = "versions"
)

// notifyInterval spaces notifications of appends. Each takes a lock of the whole cluster at commit, so an appending
// transaction never sends one, and many appends share one.
const notifyInterval = 10 * time.Millisecond

// notifyLedgersMax keeps a notification below the 8 000 bytes that Postgres allows.
const notifyLedgersMax = 200

// appends gathers the ledgers of this process' appends until others are told.
type appends struct {
	token chan struct{}

	mu      sync.Mutex
	ledgers map[uuid.UUID]struct{}
}

func newAppends() *appends {
	return &appends{token: make(chan struct{}, 1), ledgers: map[uuid.UUID]struct{}{}}
}

func (a *appends) add(ledgers ...uuid.UUID) {
	a.mu.Lock()
	for _, ledger := range ledgers {
		a.ledgers[ledger] = struct{}{}
	}
	a.mu.Unlock()
	signal(a.token)
}

// take empties the gathered ledgers into lists, one for each message.
func (a *appends) take() [][]uuid.UUID {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := slices.Collect(maps.Keys(a.ledgers))
	clear(a.ledgers)
	return slices.Collect(slices.Chunk(all, notifyLedgersMax))
}

func wordsOf(ledgers []uuid.UUID) (words []string) {
	for _, ledger := range ledgers {
		words = append(words, ledger.String())
	}
	return words
}

// notify tells other processes about appends of this one until ctx ends.
func (e *Engine) notify(ctx context.Context) {
	for {
		select {
		case <-e.appends.token:
		case <-ctx.Done():
			return
		}
		rest := notifyInterval
		for _, ledgers := range e.appends.take() {
			if err := e.tell(ctx, e.pool, wordsOf(ledgers)...); err != nil && ctx.Err() == nil {
				e.log.Warn("other processes could not be told of new events yet", slog.Any("error", err))
				e.appends.add(ledgers...)
				rest = retryInterval
			}
		}
		pause(ctx, rest)
	}
}

// tell sends a notification, at once or when db's transaction commits.
func (e *Engine) tell(ctx context.Context, db execer, words ...string) error {
	_, err := db.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, e.id+" "+strings.Join(words, " "))
	return err
}

// execer stands for a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// listen wakes the subscriptions for appends of other processes until ctx ends.
func (e *Engine) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := e.listenOnce(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("listening for new events failed, polling goes on", slog.Any("error", err))
			pause(ctx, retryInterval)
		}
	}
}

func (e *Engine) listenOnce(ctx context.Context) error {
	return withConn(ctx, e.pool, func(conn *pgxpool.Conn) error {
		if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		// Something may have happened while nobody listened.
		signal(e.changed)
		signal(e.sweeper.asked)
		for {
			notification, err := conn.Conn().WaitForNotification(ctx)
			if err != nil {
				return fmt.Errorf("wait for notifications: %w", err)
			}
			e.told(strings.Fields(notification.Payload))
		}
	})
}

// told acts on a message. A word that it does not understand comes from another release, and may mean anything.
func (e *Engine) told(words []string) {
	if len(words) == 0 || words[0] == e.id {
		return
	}
	var ledgers []uuid.UUID
	for _, word := range words[1:] {
		ledger, err := uuid.Parse(word)
		if err != nil {
			signal(e.changed)
			continue
		}
		ledgers = append(ledgers, ledger)
	}
	e.eachRunner(func(_ version, w *waker) { w.heard(ledgers...) })
	e.watchers.heard(ledgers...)
}

// withConn takes a connection out of the pool for good, since it gets settings of its own, and closes it afterwards.
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
