package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// bench is one ledger in a database of its own, and the processes that work on it.
type bench struct {
	t      testing.TB
	ctx    context.Context
	url    string
	admin  *pgx.Conn
	ledger eventstore.Ledger
	codec  *eventstore.Codec
}

func setup(t testing.TB) *bench {
	t.Helper()
	return benchAt(t, pgtest.Database(t))
}

// benchAt makes a bench of a migrated database.
func benchAt(t testing.TB, url string) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), url: url}
	var err error
	if b.admin, err = pgx.Connect(b.ctx, b.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.admin.Close(context.Background()) })
	if b.ledger, err = eventstore.CreateLedger(b.ctx, b.admin, "test", eventstore.ModeLive, time.Now()); err != nil {
		t.Fatal(err)
	}
	if b.codec, err = eventstore.NewCodec(boxType); err != nil {
		t.Fatal(err)
	}
	return b
}

// process is a store with connections of its own, as another process has it.
func (b *bench) process(o eventstore.Options) *eventstore.Store {
	b.t.Helper()
	o.Timeout = pgtest.Patience
	store, err := eventstore.New(b.pool(), b.codec, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(store.Close)
	return store
}

func (b *bench) pool() *pgxpool.Pool {
	b.t.Helper()
	pool, err := eventstore.Connect(b.ctx, b.url, eventstore.PoolOptions{Name: "test", Connections: 4, Role: pgtest.AppRole})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(pool.Close)
	return pool
}

func (b *bench) execute(store *eventstore.Store, c eventstore.Command) eventstore.Outcome {
	b.t.Helper()
	outcome, err := store.Execute(b.ctx, b.ledger, c)
	if err != nil {
		b.t.Fatalf("execute: %v", err)
	}
	return outcome
}

// events reads the whole ledger and holds it against what is true of every ledger.
func (b *bench) events() []eventstore.Event {
	b.t.Helper()
	events, err := b.codec.After(b.ctx, b.admin, b.ledger.ID, 0, eventstore.Filter{}, 1_000_000)
	if err != nil {
		b.t.Fatal(err)
	}
	versions := map[domain.Stream]int64{}
	commands := map[uuid.UUID]int64{}
	for i, e := range events {
		if e.Position != int64(i+1) {
			b.t.Fatalf("position %d stands where %d belongs", e.Position, i+1)
		}
		if versions[e.Stream]++; e.Version != versions[e.Stream] {
			b.t.Fatalf("version %d of %s stands where %d belongs", e.Version, e.Stream, versions[e.Stream])
		}
		if i > 0 && e.RecordedAt.Before(events[i-1].RecordedAt) {
			b.t.Fatalf("recorded_at goes back at position %d", e.Position)
		}
		last, begun := commands[e.Command]
		if begun && (last != e.GroupLast || events[i-1].Command != e.Command) {
			b.t.Fatalf("the group of command %s is torn at position %d", e.Command, e.Position)
		}
		commands[e.Command] = e.GroupLast
		if e.GroupLast < e.Position || e.GroupLast > int64(len(events)) || events[e.GroupLast-1].Command != e.Command {
			b.t.Fatalf("group_last %d at position %d is of another command", e.GroupLast, e.Position)
		}
	}
	return events
}

// put is the simplest command there is: a ball goes into a box that has room.
func put(stream domain.Stream, room int, ball string) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		if b := eventstore.StateOf[box](d, stream); b.Balls >= room {
			return domain.Conflict("box_full", "the box holds %d", b.Balls)
		}
		d.Append(stream, ballPut{ball})
		return nil
	})
}

func take(stream domain.Stream) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		if eventstore.StateOf[box](d, stream).Balls == 0 {
			return domain.Conflict("box_empty", "the box is empty")
		}
		d.Append(stream, ballTaken{"any"})
		return nil
	})
}

func command(stream domain.Stream, decide func(*eventstore.Decision) error) eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	return eventstore.Command{
		ID:          id,
		Actor:       "tester",
		Correlation: id.String(),
		Resource:    stream,
		Writes:      []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			if err := decide(d); err != nil {
				return eventstore.Answer{}, err
			}
			return eventstore.Answer{Status: 200, Body: fmt.Appendf(nil, `{"version":%d}`, d.Version(stream))}, nil
		},
	}
}

func withKey(c eventstore.Command, key string, fingerprint byte) eventstore.Command {
	c.Key, c.Fingerprint[0] = key, fingerprint
	return c
}

func code(err error) string {
	var rejection *domain.Rejection
	if errors.As(err, &rejection) {
		return rejection.Code
	}
	return ""
}

// holdLock keeps the ledger's lock as a slow process would, until release is called.
func (b *bench) holdLock() (release func()) {
	b.t.Helper()
	return b.holdLockOf(b.ledger)
}

func (b *bench) holdLockOf(ledger eventstore.Ledger) (release func()) {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	tx, err := conn.Begin(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := tx.Exec(b.ctx, `SELECT pg_advisory_xact_lock(1, hashtext($1::uuid::text))`, [16]byte(ledger.ID)); err != nil {
		b.t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(context.Background()), conn.Close(context.Background())); err != nil {
			b.t.Error(err)
		}
	}
}

// awaitWaiting returns once so many backends wait for the ledger's lock.
func (b *bench) awaitWaiting(n int) {
	b.t.Helper()
	await(b.t, fmt.Sprintf("%d backends to wait for the lock", n), func() bool { return b.waitingForLocks() >= n })
}

func (b *bench) waitingForLocks() int {
	b.t.Helper()
	return b.count(`
		SELECT count(*)
		FROM pg_locks
		WHERE locktype = 'advisory' AND NOT granted
		  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
}

// example stands in for a test where there is none.
type example struct{ testing.TB }

func (example) Helper()                      {}
func (example) Name() string                 { return "Example" }
func (example) Context() context.Context     { return context.Background() }
func (example) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }
func (example) Cleanup(func())               {} // the database ends with its server
func exampleDatabase() string                { return pgtest.Database(example{}) }
