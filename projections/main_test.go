package projections

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

// patience is how long a test waits for what must come; nothing that works takes nearly as long.
const patience = time.Minute

// appRole is who the program is.
const appRole = migrations.AppRole

// never is a poll interval that no test lives to see.
const never = time.Hour

func TestMain(m *testing.M) {
	// Every check is many statements, so 100 would take too long. Tests wait more than they work, so more of them than
	// there are processors may run at once. Flags say otherwise.
	for name, value := range map[string]string{"rapid.checks": "40", "test.parallel": "6"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	flag.Parse()
	os.Exit(pgtest.Main(m))
}

func newCodec(t testing.TB) *eventstore.Codec {
	t.Helper()
	codec, err := eventstore.NewCodec(StreamTypes()...)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

// bench is a database with one ledger and a store that appends to it.
type bench struct {
	t      testing.TB
	ctx    context.Context
	url    string
	admin  *pgxpool.Pool // as the superuser
	codec  *eventstore.Codec
	store  *eventstore.Store
	ledger eventstore.Ledger
}

func setup(t testing.TB) *bench {
	t.Helper()
	return setupAt(t, pgtest.Database(t))
}

// setupAt is a bench on a database that is there already.
func setupAt(t testing.TB, url string) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), url: url, codec: newCodec(t)}
	// A copy of a database lacks the grants on the database itself; every start asserts them.
	_, err := migrations.Up(b.ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	b.admin = b.pool("admin", 4, "")
	if b.store, err = eventstore.New(b.pool("store", 2, appRole), b.codec, eventstore.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.store.Close)
	ledgers, err := eventstore.Ledgers(b.ctx, b.admin)
	if err != nil {
		t.Fatal(err)
	}
	if len(ledgers) == 0 {
		ledgers = append(ledgers, b.newLedger("main"))
	}
	b.ledger = ledgers[0]
	return b
}

func (b *bench) newLedger(name string) eventstore.Ledger {
	b.t.Helper()
	var ledger eventstore.Ledger
	err := b.admin.AcquireFunc(b.ctx, func(conn *pgxpool.Conn) (err error) {
		ledger, err = eventstore.CreateLedger(b.ctx, conn.Conn(), name, eventstore.ModeSandbox, begin)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return ledger
}

func (b *bench) pool(name string, connections int32, role string) *pgxpool.Pool {
	b.t.Helper()
	pool, err := eventstore.Connect(b.ctx, b.url, eventstore.PoolOptions{Name: name, Connections: connections, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(pool.Close)
	return pool
}

// append writes events of one stream as one command and gives its last position.
func (b *bench) append(stream domain.Stream, events ...domain.Event) int64 {
	b.t.Helper()
	return b.appendTo(b.ledger, group{{stream, events}})
}

// appendTo writes the events of one command.
func (b *bench) appendTo(ledger eventstore.Ledger, g group) int64 {
	b.t.Helper()
	outcome, err := b.store.Execute(b.ctx, ledger, g.command())
	if err != nil {
		b.t.Fatalf("append: %v", err)
	}
	return outcome.LastPosition
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.admin.Exec(b.ctx, sql, args...); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

func oneOf[T any](b *bench, sql string, args ...any) T {
	b.t.Helper()
	var value T
	if err := b.admin.QueryRow(b.ctx, sql, args...).Scan(&value); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	return value
}
