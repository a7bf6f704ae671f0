package testbed

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

// Begin is the time that the clocks of all ledgers show at first.
var Begin = time.Date(2026, 1, 31, 9, 30, 0, 123_000, time.UTC)

// Bench is a database with one ledger and a store that appends to it.
type Bench struct {
	T      testing.TB
	Ctx    context.Context
	URL    string
	Admin  *pgxpool.Pool // acts as the superuser
	Codec  *eventstore.Codec
	Store  *eventstore.Store
	Ledger eventstore.Ledger
}

// New makes a bench on a database of its own.
func New(t testing.TB, streamTypes ...domain.StreamType) *Bench {
	t.Helper()
	return At(t, pgtest.Database(t), streamTypes...)
}

// At makes a bench on a database that is there already.
func At(t testing.TB, url string, streamTypes ...domain.StreamType) *Bench {
	t.Helper()
	b := &Bench{T: t, Ctx: t.Context(), URL: url}
	// A copy of a database lacks the grants on the database itself; every start asserts them.
	if _, err := migrations.Up(b.Ctx, url); err != nil {
		t.Fatal(err)
	}
	b.Admin = b.Pool("admin", 4, "")
	*b = *b.Knowing(streamTypes...)
	ledgers, err := eventstore.Ledgers(b.Ctx, b.Admin)
	if err != nil {
		t.Fatal(err)
	}
	if len(ledgers) == 0 {
		ledgers = append(ledgers, b.NewLedger("main"))
	}
	b.Ledger = ledgers[0]
	return b
}

// Knowing gives the same bench to a release of the program that knows these types of streams.
func (b *Bench) Knowing(streamTypes ...domain.StreamType) *Bench {
	b.T.Helper()
	release := *b
	var err error
	if release.Codec, err = eventstore.NewCodec(streamTypes...); err != nil {
		b.T.Fatal(err)
	}
	if release.Store, err = eventstore.New(b.Pool("store", 2, pgtest.AppRole), release.Codec, eventstore.Options{Timeout: pgtest.Patience}); err != nil {
		b.T.Fatal(err)
	}
	b.T.Cleanup(release.Store.Close)
	return &release
}

// NewLedger creates a ledger that begins at [Begin].
func (b *Bench) NewLedger(name string) eventstore.Ledger {
	b.T.Helper()
	var ledger eventstore.Ledger
	err := b.Admin.AcquireFunc(b.Ctx, func(conn *pgxpool.Conn) (err error) {
		ledger, err = eventstore.CreateLedger(b.Ctx, conn.Conn(), name, eventstore.ModeSandbox, Begin)
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
	return ledger
}

// Pool connects to the bench's database.
func (b *Bench) Pool(name string, connections int32, role string) *pgxpool.Pool {
	b.T.Helper()
	pool, err := eventstore.Connect(b.Ctx, b.URL, eventstore.PoolOptions{Name: name, Connections: connections, Role: role})
	if err != nil {
		b.T.Fatal(err)
	}
	b.T.Cleanup(pool.Close)
	return pool
}

// Append writes events of one stream as one command and gives the last position.
func (b *Bench) Append(stream domain.Stream, events ...domain.Event) int64 {
	b.T.Helper()
	return b.AppendTo(b.Ledger, To(stream, events...))
}

// AppendTo writes the events of one command and gives the last position.
func (b *Bench) AppendTo(ledger eventstore.Ledger, g Group) int64 {
	b.T.Helper()
	outcome, err := b.Store.Execute(b.Ctx, ledger, g.Command())
	if err != nil {
		b.T.Fatalf("append: %v", err)
	}
	return outcome.LastPosition
}

// Forge runs SQL on the events as only a superuser can, behind the back of the function that alone may write them.
func (b *Bench) Forge(sql string, args ...any) {
	b.T.Helper()
	b.Exec(`ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`)
	b.Exec(sql, args...)
	b.Exec(`ALTER TABLE tallystick.events ENABLE ALWAYS TRIGGER refuse_rewriting`)
}

// Tail gives the position of the ledger's newest event.
func (b *Bench) Tail() int64 {
	b.T.Helper()
	tail, err := eventstore.Tail(b.Ctx, b.Admin, b.Ledger.ID)
	if err != nil {
		b.T.Fatal(err)
	}
	return tail
}

// Exec runs SQL as the superuser.
func (b *Bench) Exec(sql string, args ...any) {
	b.T.Helper()
	if _, err := b.Admin.Exec(b.Ctx, sql, args...); err != nil {
		b.T.Fatalf("%s: %v", sql, err)
	}
}

// One reads one value as the superuser.
func One[T any](b *Bench, sql string, args ...any) T {
	b.T.Helper()
	var value T
	if err := b.Admin.QueryRow(b.Ctx, sql, args...).Scan(&value); err != nil {
		b.T.Fatalf("%s: %v", sql, err)
	}
	return value
}

// Eventually polls a condition until it holds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(pgtest.Patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came about: %s", what)
}
