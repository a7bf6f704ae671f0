package projections

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/engine"
)

// begin gives the time at which the histories of the tests begin.
var begin = testbed.Begin

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

// bench is a database with a ledger.
type bench struct{ *testbed.Bench }

func setup(t testing.TB) *bench {
	t.Helper()
	return &bench{testbed.New(t, command.StreamTypes()...)}
}

func events(facts ...domain.Event) []domain.Event { return facts }

// follower keeps version 1 of a read model up to date when it is asked, without an engine.
type follower struct {
	b        *bench
	model    engine.Projection
	position int64
}

func (b *bench) follow(model engine.Projection) *follower {
	b.T.Helper()
	scratch(b, model)
	return &follower{b: b, model: model}
}

// see applies, as one page, what is new in the log and asks.
func (f *follower) see(ask func(context.Context, pgx.Tx) error) {
	f.b.T.Helper()
	err := pgx.BeginFunc(f.b.Ctx, f.b.Admin, func(tx pgx.Tx) error {
		fresh, err := f.b.Codec.After(f.b.Ctx, tx, f.b.Ledger.ID, f.position, eventstore.Filter{}, 1_000_000)
		if err != nil {
			return err
		}
		pages := cut(f.b.Ledger.ID, fresh, max(1, len(fresh)))
		f.position += int64(len(fresh))
		if err := applyPages(f.b.Ctx, tx, f.model, read(f.model, pages)); err != nil {
			return err
		}
		return ask(f.b.Ctx, tx)
	})
	if err != nil {
		f.b.T.Fatal(err)
	}
}

func nothing(context.Context, pgx.Tx) error { return nil }
