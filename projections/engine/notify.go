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

// Processes tell each other on this channel that they appended events, that a reader waits, or that the versions of
// projections changed. A message holds its sender's id and words: versionsChanged, ledgers that have news, readers that wait,
// and leavesToOthers where its sender does nothing of what follows from its events.
const (
	channel         = "tallystick"
	versionsChanged = "versions"
	leavesToOthers  = "left"
)

// readerWaits is the word that tells of a reader.
func readerWaits(projection string, ledger uuid.UUID) string {
	return projection + "/" + ledger.String()
}

// notifyInterval spaces notifications of appends. Each takes a lock of the whole cluster at commit, so an appending
// transaction never sends one, and many appends share one.
const notifyInterval = 10 * time.Millisecond

// notifyWordsMax keeps a notification below the 8 000 bytes that Postgres allows.
const notifyWordsMax = 100

// news gathers words until others are told.
type news struct {
	token chan struct{}

	mu    sync.Mutex
	words map[string]struct{}
}

func newNews() *news {
	return &news{token: make(chan struct{}, 1), words: map[string]struct{}{}}
}

func (n *news) add(words ...string) {
	n.mu.Lock()
	for _, word := range words {
		n.words[word] = struct{}{}
	}
	n.mu.Unlock()
	signal(n.token)
}

// take empties the gathered words into lists, one for each message.
func (n *news) take() [][]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := slices.Collect(maps.Keys(n.words))
	clear(n.words)
	return slices.Collect(slices.Chunk(all, notifyWordsMax))
}

// notify tells other processes about appends and readers of this one until ctx ends.
func (e *Engine) notify(ctx context.Context) {
	for {
		select {
		case <-e.news.token:
		case <-ctx.Done():
			return
		}
		rest := notifyInterval
		for _, words := range e.news.take() {
			if e.leaves {
				words = append(words, leavesToOthers)
			}
			if err := e.tell(ctx, e.pool, words...); err != nil && ctx.Err() == nil {
				e.log.Warn("other processes could not be told of new events yet", slog.Any("error", err))
				e.news.add(words...)
				rest = retryInterval
			}
		}
		pause(ctx, rest)
	}
}

// Leave tells other processes of ledgers to which this one has written, and that it does nothing of what follows. It is for a process
// in which nothing runs.
func (e *Engine) Leave(ctx context.Context, ledgers ...uuid.UUID) error {
	for some := range slices.Chunk(ledgers, notifyWordsMax) {
		words := []string{leavesToOthers}
		for _, ledger := range some {
			words = append(words, ledger.String())
		}
		if err := e.tell(ctx, e.pool, words...); err != nil {
			return err
		}
	}
	return nil
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
		if word == leavesToOthers {
			continue
		}
		projection, name, waits := strings.Cut(word, "/")
		if !waits {
			name = word
		}
		ledger, err := uuid.Parse(name)
		switch {
		case err != nil:
			signal(e.changed)
		case waits:
			e.hurryOwn(projection, ledger)
		default:
			ledgers = append(ledgers, ledger)
		}
	}
	e.eachRunner(func(_ version, w *waker) { w.heard(ledgers...) })
	e.watchers.heard(ledgers...)
	if e.heard == nil || !slices.Contains(words, leavesToOthers) {
		return
	}
	for _, ledger := range ledgers {
		e.heard(ledger)
	}
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
