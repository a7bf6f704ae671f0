package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest"
)

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
	b.T.Helper()
	log := slog.New(slog.NewTextHandler(b.T.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := Options{Codec: b.Codec, Projections: []Projection{rooms, visits}, Log: log}
	for _, set := range settings {
		set(&o)
	}
	pool, feed := Connections()
	if o.Pool == nil {
		o.Pool = b.Pool("engine", int32(pool)+4, pgtest.AppRole)
	}
	if o.Feed == nil {
		o.Feed = b.Pool("engine", int32(feed), pgtest.AppRole)
	}
	p := &process{Engine: New(o), b: b}
	if err := p.Prepare(b.Ctx); err != nil {
		b.T.Fatal(err)
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
				p.b.T.Errorf("run: %v", err)
			}
		case <-time.After(pgtest.Patience):
			p.b.T.Error("the engine does not stop")
		}
	}
	p.b.T.Cleanup(p.stop)
	return p
}

func (b *bench) run(settings ...setting) *process {
	b.T.Helper()
	return b.prepare(settings...).run()
}

// read runs a query on a read model once it has reached a position, however long that takes.
func (p *process) read(projection string, minimum int64, query func(context.Context, pgx.Tx) error) int64 {
	p.b.T.Helper()
	return p.readOf(p.b.Ledger.ID, projection, minimum, query)
}

func (p *process) readOf(ledger uuid.UUID, projection string, minimum int64, query func(context.Context, pgx.Tx) error) int64 {
	p.b.T.Helper()
	for deadline := time.Now().Add(pgtest.Patience); ; {
		position, err := p.Read(p.b.Ctx, projection, ledger, minimum, func(ctx context.Context, tx pgx.Tx, _ int64) error { return query(ctx, tx) })
		var behind *BehindError
		if (errors.As(err, &behind) || isFilling(err)) && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			p.b.T.Fatalf("read %s: %v\n%s", projection, err, p.reports())
		}
		return position
	}
}

func nothing(context.Context, pgx.Tx) error { return nil }

// await waits until all read models have a position.
func (p *process) await(position int64) {
	p.b.T.Helper()
	for _, projection := range p.projections {
		p.read(projection.Name, position, nothing)
	}
}

// rebuild gives up where a rebuild does not end.
func (p *process) rebuild(name string, report func(Progress)) (string, error) {
	ctx, cancel := context.WithTimeout(p.b.Ctx, pgtest.Patience)
	defer cancel()
	return p.Rebuild(ctx, name, report)
}
