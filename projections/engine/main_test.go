package engine

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// never is a poll interval that no test lives to see.
const never = time.Hour

func TestMain(m *testing.M) {
	// Tests wait more than they work, so more of them than there are processors may run at once. A flag says otherwise.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(pgtest.Main(m))
}

// bench is a database with a ledger, on which processes run.
type bench struct{ *testbed.Bench }

func setup(t testing.TB) *bench {
	t.Helper()
	return &bench{testbed.New(t, roomType)}
}

// setupAt makes a bench on a database that is there already.
func setupAt(t testing.TB, url string) *bench {
	t.Helper()
	return &bench{testbed.At(t, url, roomType)}
}

// enter appends that guests came into a room, and gives the last position.
func (b *bench) enter(name string, guests ...string) int64 {
	b.T.Helper()
	var events []domain.Event
	for _, guest := range guests {
		events = append(events, entered{guest})
	}
	return b.Append(room(name), events...)
}

// dumpVersion gives the rows of a version of a projection.
func (b *bench) dumpVersion(name string, number int) string {
	b.T.Helper()
	return testbed.Dump(b.T, b.Admin, version{projection: name, number: number}.schema())
}

// expected gives the rows that a read model must have of the whole log, applied all at once and without an engine.
func (b *bench) expected(p Projection) string {
	b.T.Helper()
	tx, err := b.Admin.Begin(b.Ctx)
	if err != nil {
		b.T.Fatal(err)
	}
	defer func() { _ = tx.Rollback(b.Ctx) }()
	if _, err := tx.Exec(b.Ctx, `CREATE SCHEMA expected; SET LOCAL search_path = expected; `+p.Tables); err != nil {
		b.T.Fatal(err)
	}
	ledgers, err := eventstore.Ledgers(b.Ctx, tx)
	if err != nil {
		b.T.Fatal(err)
	}
	for _, ledger := range ledgers {
		events, err := b.Codec.After(b.Ctx, tx, ledger.ID, 0, eventstore.Filter{}, 1_000_000)
		if err != nil {
			b.T.Fatal(err)
		}
		if err := p.Apply(b.Ctx, tx, Page{Ledger: ledger.ID, Events: events}); err != nil {
			b.T.Fatal(err)
		}
	}
	return testbed.Dump(b.T, tx, "expected")
}

// expectRows holds a version of a read model against the log.
func (b *bench) expectRows(p Projection, number int) {
	b.T.Helper()
	if diff := cmp.Diff(b.expected(p), b.dumpVersion(p.Name, number)); diff != "" {
		b.T.Errorf("%s@%d (-want +got):\n%s", p.Name, number, diff)
	}
}

// expectDense holds checkpoints against what is always true of them.
func (b *bench) expectDense() {
	b.T.Helper()
	torn := testbed.One[int](b.Bench, `
		SELECT count(*)
		FROM (
			SELECT from_position, lag(to_position) OVER (
				PARTITION BY ledger_id, projection, version ORDER BY from_position) AS before
			FROM tallystick.projection_checkpoints
		) AS c
		WHERE before IS NOT NULL AND from_position <> before + 1`)
	if torn > 0 {
		b.T.Errorf("%d checkpoints do not follow on the one before", torn)
	}
}
