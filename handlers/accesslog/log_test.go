package accesslog

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// connected gives a server's connections to a database, which write nothing by themselves and do not wait for the disk.
func connected(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), url, eventstore.PoolOptions{
		Name: "test", Connections: 4, Role: pgtest.AppRole,
		Settings: map[string]string{"default_transaction_read_only": "on", "synchronous_commit": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func newLedger(t *testing.T, url, name string) eventstore.Ledger {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ledger, err := eventstore.CreateLedger(t.Context(), conn, name, eventstore.ModeLive, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

// TestManyAtATime has two servers record at once on two ledgers, while a reader goes on behind what it saw. Everything is there,
// numbered without a hole, and the reader missed nothing.
func TestManyAtATime(t *testing.T) {
	t.Parallel()
	const each = 200
	url := pgtest.Database(t)
	ledgers := []eventstore.Ledger{newLedger(t, url, "one"), newLedger(t, url, "two")}
	logs := []*Log{New(connected(t, url)), New(connected(t, url))}
	ctx, cancel := context.WithTimeout(t.Context(), pgtest.Patience)
	defer cancel()
	var recording sync.WaitGroup
	for n, l := range logs {
		for i := range each {
			recording.Go(func() {
				a := endpoint.Access{
					Ledger: ledgers[i%2].ID, Actor: fmt.Sprint(n, "-", i), Role: "auditor", Method: "GET", Path: "/", Status: 200, From: int64(i), Client: "::1",
				}
				if err := l.Record(ctx, a); err != nil {
					t.Error(err)
				}
			})
		}
	}
	reads := connected(t, url)
	for which, ledger := range ledgers {
		var seen []string
		for id := int64(0); len(seen) < each && ctx.Err() == nil && !t.Failed(); {
			entries, err := List(ctx, reads, ledger.ID, Filter{}, id, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if id++; e.ID != id {
					t.Fatalf("entry %d comes behind %d", e.ID, id-1)
				}
				seen = append(seen, e.Actor)
			}
		}
		var want []string
		for n := range logs {
			for i := which; i < each; i += 2 {
				want = append(want, fmt.Sprint(n, "-", i))
			}
		}
		if slices.Sort(want); !slices.Equal(want, slices.Sorted(slices.Values(seen))) {
			t.Errorf("ledger %s has %d entries, want %d", ledger.Name, len(seen), len(want))
		}
	}
	recording.Wait()
}

// TestAnAccessThatCantBeKept fails, and the next one is kept.
func TestAnAccessThatCantBeKept(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	ledger := newLedger(t, url, "one")
	l := New(connected(t, url))
	if err := l.Record(t.Context(), endpoint.Access{Actor: "of no ledger", Status: 200}); err == nil {
		t.Error("it was kept")
	}
	if err := l.Record(t.Context(), endpoint.Access{Ledger: ledger.ID, Actor: "root@localhost", Status: 200}); err != nil {
		t.Error(err)
	}
	entries, err := List(t.Context(), l.pool, ledger.ID, Filter{Actor: "root@localhost"}, 0, 10)
	if err != nil || len(entries) != 1 || entries[0].From != nil || entries[0].At.IsZero() {
		t.Errorf("%+v, %v", entries, err)
	}
}
