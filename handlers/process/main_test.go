package process

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/webhooks"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// begin is the instant at which the clocks of the tests begin.
var begin = time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)

// connections is the size of a program's pool.
const connections = 16

// bench holds a database and the system's clock.
type bench struct {
	t     *testing.T
	ctx   context.Context
	url   string
	codec *eventstore.Codec

	mu     sync.Mutex
	system time.Time
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), url: pgtest.Database(t), system: begin}
	var err error
	b.codec, err = eventstore.NewCodec(command.StreamTypes()...)
	b.must(err)
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.system
}

// goTo sets the system's clock to an instant.
func (b *bench) goTo(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.system = at
}

// program holds the parts of one process.
type program struct {
	*Deadlines
	bench      *bench
	deliveries *Deliveries // of one that sends webhooks
}

func (b *bench) program() *program {
	b.t.Helper()
	return b.waiting(pgtest.Patience)
}

// waiting is a program whose queries wait so long for the read model.
func (b *bench) waiting(readWait time.Duration) *program {
	b.t.Helper()
	pool, err := eventstore.Connect(b.ctx, b.url, eventstore.PoolOptions{Name: "test", Connections: connections, Role: pgtest.AppRole})
	b.must(err)
	b.t.Cleanup(pool.Close)
	feed, err := eventstore.Connect(b.ctx, b.url, eventstore.PoolOptions{Name: "feed", Connections: 2, Role: pgtest.AppRole})
	b.must(err)
	b.t.Cleanup(feed.Close)
	models := engine.New(engine.Options{Pool: pool, Feed: feed, Codec: b.codec, Projections: []engine.Projection{projections.Deadlines, projections.Payments, projections.Invoices, webhooks.Model}, ReadWait: readWait})
	b.must(models.Prepare(b.ctx))
	p := &program{bench: b}
	store, err := eventstore.New(pool, b.codec, eventstore.Options{Timeout: pgtest.Patience, Now: b.now, Appended: func(ledger uuid.UUID, tail int64) {
		models.Appended(ledger, tail)
		p.Appended(ledger, tail)
	}})
	b.must(err)
	b.t.Cleanup(store.Close)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = models.Run(ctx) })
	b.t.Cleanup(func() { stop(); running.Wait() })
	p.Deadlines = NewDeadlines(Options{
		Store: store, Engine: models, Pool: pool, Now: b.now, Log: slog.New(slog.DiscardHandler), GatewayTimeout: pgtest.Patience,
		Gateways: gateway.Of(sandbox.New(pool, b.now, time.After)),
	})
	return p
}

func (b *bench) ledger(name string, mode eventstore.Mode) eventstore.Ledger {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	ledger, err := eventstore.CreateLedger(b.ctx, conn, name, mode, begin)
	b.must(err)
	return ledger
}

func do[R any](p *program, ledger eventstore.Ledger, c command.Command[R]) eventstore.Outcome {
	p.bench.t.Helper()
	outcome, err := p.store.Execute(p.bench.ctx, ledger, made("test", Caller{Actor: "tester"}, c))
	p.bench.must(err)
	return outcome
}

// open sells seats to some workspaces, with the same ids in every ledger.
func (p *program) open(ledger eventstore.Ledger, workspaces int) {
	p.bench.t.Helper()
	for i := range workspaces {
		p.endow(ledger, fmt.Sprintf("w%d", i))
	}
	p.sell(ledger, workspaces)
}

// sell does what open does, and nobody pays.
func (p *program) sell(ledger eventstore.Ledger, workspaces int) {
	p.bench.t.Helper()
	do(p, ledger, command.CreateProduct(catalog.CreateProduct{Code: "pro", Name: "Pro", Tier: new(1)}))
	do(p, ledger, command.CreatePrice(catalog.CreatePrice{Product: "pro", Code: "month", Currency: "USD", Interval: "month", UnitAmount: new("12.00")}))
	for i := range workspaces {
		id := fmt.Sprintf("s%d", i)
		do(p, ledger, command.CreateSubscription(fmt.Sprintf("w%d", i), subscription.Create{
			Billing: subscription.Billing{Change: "c" + id, Invoice: "i" + id}, ID: id, Price: "month", Seats: int64(1 + i),
			Collection: subscription.CollectionSendInvoice,
		}))
	}
	do(p, ledger, command.AllocateSeat("w0", seating.Allocate{
		Member: "ada", Role: seating.RoleMember, State: new(seating.StatusInvited), ExpiresAt: new(begin.AddDate(0, 1, 0)),
	}))
}

// sellMonths makes a product with a price for each month, and a trial of so many days.
func (p *program) sellMonths(ledger eventstore.Ledger, trialDays int) {
	p.bench.t.Helper()
	do(p, ledger, command.CreateProduct(catalog.CreateProduct{Code: "pro", Name: "Pro", Tier: new(1)}))
	do(p, ledger, command.CreatePrice(catalog.CreatePrice{
		Product: "pro", Code: "month", Currency: "USD", Interval: "month", UnitAmount: new("12.00"), TrialDays: &trialDays,
	}))
}

// endow gives a workspace credit that pays whatever comes, so that nothing is ever overdue.
func (p *program) endow(ledger eventstore.Ledger, workspace string) {
	p.bench.t.Helper()
	amount, err := money.FromMinor("USD", 100_000_000)
	p.bench.must(err)
	do(p, ledger, command.GrantCredit(workspace, account.Grant{ID: "gift-" + workspace, Amount: amount, Reason: "a gift"}))
}

// tryOut starts a trial with each end that there is, with the same ids in every ledger.
func (p *program) tryOut(ledger eventstore.Ledger) {
	p.bench.t.Helper()
	p.sellMonths(ledger, 14)
	for _, atEnd := range []subscription.AtEnd{"free", "cancel", "pause", "paid"} {
		start := subscription.StartTrial{ID: string("s-" + atEnd), Price: "month", Seats: new(int64(3)), AtEnd: &atEnd}
		if atEnd == "paid" {
			start.AtEnd = nil
		}
		do(p, ledger, command.StartTrial(string(atEnd), start))
		for _, member := range []string{"ada", "bob", "cid"} {
			do(p, ledger, command.AllocateSeat(string(atEnd), seating.Allocate{Member: member, Role: seating.RoleMember}))
		}
	}
	do(p, ledger, command.ConvertTrial("paid", subscription.ConvertTrial{
		Billing: subscription.Billing{Change: "c", Invoice: "i"}, Collection: new(subscription.CollectionSendInvoice),
		Anchor: new(subscription.ConvertTrialEnd),
	}))
}

// told returns the events of each workspace without the time of their writing. Numbers of invoices follow the order of the
// ledger, so they are left out.
func (b *bench) told(ledger eventstore.Ledger) map[domain.Stream][]string {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	events, err := b.codec.After(b.ctx, conn, ledger.ID, 0, eventstore.Filter{}, 100_000)
	b.must(err)
	told := map[domain.Stream][]string{}
	for _, e := range events {
		switch fact := e.Fact.(type) {
		case invoice.Finalized:
			fact.Number = ""
			e.Fact = fact
		case account.ReceivableOpened:
			fact.Number = ""
			e.Fact = fact
		}
		if kind := e.Stream.Type(); kind == numbering.Type.Name || kind == "clock" {
			continue
		}
		data, _, err := b.codec.Encode(e.Fact)
		b.must(err)
		told[e.Stream] = append(told[e.Stream], fmt.Sprintf("%s %s %s", e.Type, e.EffectiveAt.Format(time.RFC3339), data))
	}
	return told
}
