package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/api/licenses"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	other "github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/handlers/gateway/stripe"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/licenseserver/licenseservertest"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

// routes are those of the table.
var routes = table(Options{}).Routes

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// bench is a database with one ledger, and the processes that serve it.
type bench struct {
	t      testing.TB
	url    string
	admin  *pgx.Conn
	ledger eventstore.Ledger
	codec  *eventstore.Codec
	// gateway is the sandbox gateway of the process that started last.
	gateway *other.Gateway
	// stripeURL leads to the Stripe of the processes that start from then on; nobody is there unless a test says so.
	stripeURL string
	// installation is that of processes that start from now on; its license server can't be reached.
	installation licenseserver.Installation
	// keys seal the secrets of processes that start from now on.
	keys []vault.Key
	// signing signs what processes that start from now on hand to installations.
	signing licenses.SigningKeys
	clock   atomic.Pointer[time.Time]
	pace    pace
}

// pace lets the sandbox gateway take its time, and holds its answers back where a test says so.
type pace struct {
	mu   sync.Mutex
	held chan struct{}
}

func (p *pace) after(d time.Duration) <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		return time.After(d)
	}
	held, over := p.held, make(chan time.Time, 1)
	go func() {
		<-held
		over <- time.Now()
	}()
	return over
}

// hold keeps answers that would take their time back until they are released.
func (p *pace) hold() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := make(chan struct{})
	p.held = held
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held = nil
		close(held)
	}
}

// now is the clock of all processes. It stands still but for advance, so that no quote expires, and no midnight comes,
// because the machine is slow.
func (b *bench) now() time.Time { return *b.clock.Load() }

func (b *bench) advance(d time.Duration) { b.clock.Store(new(b.now().Add(d))) }

// program holds the parts of one process: a store, read models and a server.
type program struct {
	server *endpoint.Server
	store  *eventstore.Store
	pool   *pgxpool.Pool
	url    string
	// stopProjecting ends the building of read models, for good.
	stopProjecting func()
}

func setup(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, url: pgtest.Furnished(t, makeReadModels), stripeURL: "http://127.0.0.1:1"}
	sealing, err := vault.NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	b.keys, b.signing = []vault.Key{sealing}, licenseKeys
	b.installation = licenseserver.Installation{Trust: licenseservertest.Trust(), Instance: "berlin", Fingerprint: "f00d"}
	b.useSeller("http://127.0.0.1:1")
	b.clock.Store(new(time.Now()))
	if b.admin, err = pgx.Connect(t.Context(), b.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.admin.Close(context.Background()) })
	b.ledger = b.newLedger("test", eventstore.ModeLive)
	if b.codec, err = eventstore.NewCodec(command.StreamTypes()...); err != nil {
		t.Fatal(err)
	}
	return b
}

// makeReadModels makes the tables that every process needs, once for all tests.
func makeReadModels(ctx context.Context, url string) error {
	pool, err := eventstore.Connect(ctx, url, eventstore.PoolOptions{Name: "test", Connections: 2, Role: pgtest.AppRole})
	if err != nil {
		return err
	}
	defer pool.Close()
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		return err
	}
	return engine.New(engine.Options{Pool: pool, Feed: pool, Codec: codec, Projections: projections.All()}).Prepare(ctx)
}

// useSeller lets processes that start from now on have their licenses from a server.
func (b *bench) useSeller(url string) {
	b.t.Helper()
	var err error
	if b.installation.Server, err = licenseserver.New(url); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) newLedger(name string, mode eventstore.Mode) eventstore.Ledger {
	b.t.Helper()
	ledger, err := eventstore.CreateLedger(b.t.Context(), b.admin, name, mode, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	return ledger
}

func (b *bench) operator() access.Operator { return access.Operator{DB: b.admin, Name: "test"} }

// token makes a key and gives its token.
func (b *bench) token(ledger eventstore.Ledger, role endpoint.Role) string {
	b.t.Helper()
	_, token, err := b.operator().CreateKey(b.t.Context(), access.NewKey{Ledger: ledger, Role: role, Name: string(role)}, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	return token
}

// start runs a process until the test ends. Options that are set stay.
func (b *bench) start(o endpoint.Options) *program {
	b.t.Helper()
	return b.startWaiting(o, pgtest.Patience)
}

// startWaiting is start where a query waits so long for the position that it has to show.
func (b *bench) startWaiting(o endpoint.Options, readWait time.Duration) *program {
	b.t.Helper()
	p := &program{pool: b.pool(8)}
	models := engine.New(engine.Options{
		Pool: p.pool, Feed: b.pool(8), Codec: b.codec, Projections: projections.All(), ReadWait: readWait, Log: slog.New(slog.DiscardHandler),
	})
	if err := models.Prepare(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	var err error
	if p.store, err = eventstore.New(p.pool, b.codec, eventstore.Options{
		Timeout: pgtest.Patience, Appended: models.Appended, Stored: models.Stored, Now: b.now,
	}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(p.store.Close)
	o.Store, o.Codec, o.Pool, o.Engine, o.Now = p.store, b.codec, p.pool, models, b.now
	if o.RequestTimeout == 0 {
		o.RequestTimeout = pgtest.Patience
	}
	if o.Authenticator, err = access.NewKeys(p.pool, b.now); err != nil {
		b.t.Fatal(err)
	}
	b.gateway = other.New(p.pool, b.now, b.pace.after)
	secrets := vault.New(p.pool, b.keys...)
	kept := accounts.New(p.store, secrets, p.pool)
	gateways := gateway.Of(b.gateway, stripe.New(stripe.Options{Secrets: kept, URL: b.stripeURL, ReturnURL: "https://shop.example"}))
	deadlines := process.NewDeadlines(process.Options{
		Store: p.store, Engine: models, Pool: p.pool, Now: b.now, Log: slog.New(slog.DiscardHandler), Gateways: gateways, GatewayTimeout: pgtest.Patience,
		CollectTime: pgtest.Patience, Accounts: kept, Installation: b.installation, Vault: secrets,
	})
	writer, err := courier.NewWriter(b.codec, command.StreamTypes())
	if err != nil {
		b.t.Fatal(err)
	}
	written := exports.New(exports.Options{
		Sources: exports.Sources{Pool: p.pool, Engine: models}, Dir: b.t.TempDir(), Now: b.now, Log: slog.New(slog.DiscardHandler),
	})
	listener := httptest.NewUnstartedServer(nil)
	o.ListenURL = "http://" + listener.Listener.Addr().String()
	if p.server, err = New(Options{
		Options: o, Exports: written, Deadlines: deadlines, Gateways: gateways, Accounts: kept, LicenseKeys: b.signing, Vault: secrets, Installation: b.installation, Webhooks: courier.NewPolicy(nil), Writer: writer,
	}); err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = models.Run(ctx) })
	running.Go(func() { _ = written.Run(ctx) })
	p.stopProjecting = func() { stop(); running.Wait() }
	b.t.Cleanup(p.stopProjecting)
	listener.Config = endpoint.HTTPServer("", p.server)
	listener.Config.ReadHeaderTimeout, listener.Config.ReadTimeout, listener.Config.WriteTimeout = pgtest.Patience, pgtest.Patience, pgtest.Patience
	listener.Start()
	p.url = listener.URL
	b.t.Cleanup(listener.Close)
	return p
}

func (b *bench) pool(connections int32) *pgxpool.Pool {
	b.t.Helper()
	patience := strconv.FormatInt(pgtest.Patience.Milliseconds(), 10)
	pool, err := eventstore.Connect(b.t.Context(), b.url, eventstore.PoolOptions{
		Name: "test", Connections: connections, Role: pgtest.AppRole,
		// A busy machine keeps transactions and locks for longer than the program allows for.
		Settings: map[string]string{"lock_timeout": patience, "idle_in_transaction_session_timeout": patience},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(pool.Close)
	return pool
}

// events is the whole ledger.
func (b *bench) events() []eventstore.Event {
	b.t.Helper()
	events, err := b.codec.After(b.t.Context(), b.admin, b.ledger.ID, 0, eventstore.Filter{}, 1_000_000)
	if err != nil {
		b.t.Fatal(err)
	}
	return events
}

// client of this ledger and role, at this process.
func (b *bench) client(p *program, role endpoint.Role) *client {
	b.t.Helper()
	return &client{t: b.t, base: p.url, token: b.token(b.ledger, role), pace: &b.pace}
}

// serve is a bench with one process and an administrator's client, which is all that most tests want.
func serve(t testing.TB) (*bench, *client) {
	t.Helper()
	b := setup(t)
	return b, b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
}
