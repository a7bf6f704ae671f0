package projections

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/engine"
)

// process is an engine that builds all read models, as the program runs it.
type process struct {
	*engine.Engine
	b     *bench
	stop  func()
	close func() // of its connections
}

// run starts an engine, which ends with the test or earlier by stop.
func (b *bench) run() *process {
	b.T.Helper()
	applying, feeding := engine.Connections()
	pool, feed := b.Pool("engine", int32(applying)+4, pgtest.AppRole), b.Pool("feed", int32(feeding), pgtest.AppRole)
	p := &process{b: b, close: func() { pool.Close(); feed.Close() }, Engine: engine.New(engine.Options{
		Pool: pool, Feed: feed,
		Codec: b.Codec, Projections: All(), ReadWait: pgtest.Patience,
		Log: slog.New(slog.NewTextHandler(b.T.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})}
	if err := p.Prepare(b.Ctx); err != nil {
		b.T.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.stop = func() {
		cancel()
		if err, running := <-ended; running && err != nil {
			b.T.Errorf("run: %v", err)
		}
		close(ended)
		p.stop = func() {}
	}
	b.T.Cleanup(func() { p.stop() })
	return p
}

// await waits until all read models have a position.
func (p *process) await(position int64) {
	p.b.T.Helper()
	testbed.Eventually(p.b.T, "all read models have a position", func() bool {
		return p.Await(p.b.Ctx, p.b.Ledger.ID, position) == nil
	})
}

// see asks the version of a read model that serves.
func (p *process) see(model engine.Projection, ledger eventstore.Ledger, ask func(context.Context, pgx.Tx) error) {
	p.b.T.Helper()
	_, err := p.Read(p.b.Ctx, model.Name, ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) error { return ask(ctx, tx) })
	if err != nil {
		p.b.T.Fatal(err)
	}
}

// rebuild makes version 2 of a read model.
func (p *process) rebuild(name string) {
	p.b.T.Helper()
	if built, err := p.Rebuild(p.b.Ctx, name, nil); err != nil || built != name+"@2" {
		p.b.T.Fatalf("rebuild %s: %s, %v", name, built, err)
	}
}

// randomHistory differs from run to run; its seed is in the log of a test that fails.
func randomHistory(t testing.TB, commands int) *books {
	t.Helper()
	seed := rand.IntN(1 << 30)
	t.Logf("history of seed %d", seed)
	return histories(commands, commands).Example(seed)
}

// TestRebuiltEqualsLive plays random histories on two ledgers while the engine follows, and then rebuilds.
func TestRebuiltEqualsLive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run()
	other := b.NewLedger("other")
	here, there := randomHistory(t, 150), randomHistory(t, 150)
	for i := range max(len(here.history), len(there.history)) {
		if i < len(here.history) {
			p.Appended(b.Ledger.ID, b.AppendTo(b.Ledger, here.history[i]))
		}
		if i < len(there.history) {
			p.Appended(other.ID, b.AppendTo(other, there.history[i]))
		}
	}
	p.await(b.Tail())
	testbed.Eventually(t, "the other ledger is read", func() bool {
		tail, err := eventstore.Tail(b.Ctx, b.Admin, other.ID)
		return err == nil && p.Await(b.Ctx, other.ID, tail) == nil
	})
	for _, model := range All() {
		p.rebuild(model.Name)
		live, rebuilt := b.dumpVersion(model.Name, 1), b.dumpVersion(model.Name, 2)
		if live != rebuilt {
			t.Errorf("%s was\n%s\nand is rebuilt\n%s", model.Name, live, rebuilt)
		}
	}
}
