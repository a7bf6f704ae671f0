package projections

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

// patience is how long a test waits for what must come; nothing that works takes nearly as long.
const patience = 30 * time.Second

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
	codec, err := eventstore.NewCodec(catalog.Type, subscription.Type, seating.Type, invoice.Type, account.Type, numbering.Type, trial.Type)
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

// process is an engine with pools of its own, as another process has them.
type process struct {
	*Engine
	b    *bench
	stop func()
}

type setting func(*Options)

func only(projections ...Projection) setting { return func(o *Options) { o.Projections = projections } }
func polling(d time.Duration) setting        { return func(o *Options) { o.Poll = d } }

// prepare makes an engine and its versions, and runs nothing.
func (b *bench) prepare(settings ...setting) *process {
	b.t.Helper()
	log := slog.New(slog.NewTextHandler(b.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := Options{Codec: b.codec, Projections: All(), Log: log}
	for _, set := range settings {
		set(&o)
	}
	pool, feed := Connections(2 * len(o.Projections))
	if o.Pool == nil {
		o.Pool = b.pool("engine", int32(pool)+4, appRole)
	}
	if o.Feed == nil {
		o.Feed = b.pool("engine", int32(feed), appRole)
	}
	p := &process{Engine: New(o), b: b}
	if err := p.Prepare(b.ctx); err != nil {
		b.t.Fatal(err)
	}
	return p
}

// run starts the engine, which is stopped with the test or earlier by stop.
func (p *process) run() *process {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	var stopped bool
	p.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				p.b.t.Errorf("run: %v", err)
			}
		case <-time.After(patience):
			p.b.t.Error("the engine does not stop")
		}
	}
	p.b.t.Cleanup(p.stop)
	return p
}

func (b *bench) run(settings ...setting) *process {
	b.t.Helper()
	return b.prepare(settings...).run()
}

// read runs a query on a read model once it has reached a position, however long that takes.
func (p *process) read(projection string, minimum int64, query func(context.Context, pgx.Tx) error) int64 {
	p.b.t.Helper()
	return p.readOf(p.b.ledger.ID, projection, minimum, query)
}

func (p *process) readOf(ledger uuid.UUID, projection string, minimum int64, query func(context.Context, pgx.Tx) error) int64 {
	p.b.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		position, err := p.Read(p.b.ctx, projection, ledger, minimum, query)
		var behind *BehindError
		if errors.As(err, &behind) && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			p.b.t.Fatalf("read %s: %v\n%s", projection, err, p.reports())
		}
		return position
	}
}

func nothing(context.Context, pgx.Tx) error { return nil }

// await waits until all read models have a position.
func (p *process) await(position int64) {
	p.b.t.Helper()
	for _, projection := range p.projections {
		p.read(projection.Name, position, nothing)
	}
}

// rebuild gives up where a rebuild does not end.
func (p *process) rebuild(name string, report func(Progress)) (string, error) {
	ctx, cancel := context.WithTimeout(p.b.ctx, patience)
	defer cancel()
	return p.Rebuild(ctx, name, report)
}

// eventually polls a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came about: %s", what)
}
