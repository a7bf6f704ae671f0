package limits

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// counting counts the statements that take tokens.
type counting struct {
	DB
	n *atomic.Int64
}

func (c counting) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	c.n.Add(1)
	return c.DB.QueryRow(ctx, sql, args...)
}

// open gives the limits of so many servers on one database, and counts their statements.
func open(t *testing.T, servers int, s Settings) (all []*Limits, statements *atomic.Int64) {
	t.Helper()
	statements = new(atomic.Int64)
	url := pgtest.Database(t)
	for range servers {
		pool, err := eventstore.Connect(t.Context(), url, eventstore.PoolOptions{Name: "test", Connections: 4, Role: pgtest.AppRole})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		l, err := New(counting{pool, statements}, slog.New(slog.DiscardHandler), time.Now, s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all, statements
}

func key(id string) endpoint.Principal {
	return endpoint.Principal{Actor: id, Ledger: eventstore.Ledger{ID: uuid.MustParse("01a21f84-a9c7-735d-85c0-a0963a46ebd6")}}
}

// TestServersShareALimit has two servers ask far more often than is allowed. What is admitted is the burst and what the time gives.
func TestServersShareALimit(t *testing.T) {
	t.Parallel()
	const rate = 200
	servers, statements := open(t, 2, Settings{Key: rate})
	begun := time.Now()
	var admitted, asked atomic.Int64
	var asking sync.WaitGroup
	for _, l := range servers {
		for range 4 {
			asking.Go(func() {
				for time.Since(begun) < 2*time.Second || admitted.Load() < rate && time.Since(begun) < pgtest.Patience {
					if asked.Add(1); !l.Admit(t.Context(), key("a"), "acme").Refused {
						admitted.Add(1)
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
	}
	asking.Wait()
	// However long the machine took: no more than the time gave, and the burst.
	most := rate * (time.Since(begun).Seconds() + 1)
	if n := float64(admitted.Load()); n > most+1 || n < rate {
		t.Errorf("%v of %d requests admitted, at most %.0f may be", n, asked.Load(), most)
	}
	if statements.Load() > admitted.Load() {
		t.Errorf("%d statements for %d admitted requests", statements.Load(), admitted.Load())
	}
}

func TestWhatIsLimited(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	exhaust := func(l *Limits, p endpoint.Principal, workspace string) (admitted int) {
		for !l.Admit(ctx, p, workspace).Refused && admitted < 1000 {
			admitted++
		}
		return admitted
	}
	t.Run("nothing", func(t *testing.T) {
		l, statements := open(t, 1, Settings{})
		if s := l[0].Admit(ctx, key("a"), "acme"); s != (endpoint.Standing{}) || !l[0].AdmitFailure(ctx, "192.0.2.1") || statements.Load() > 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("each key alone", func(t *testing.T) {
		l, _ := open(t, 1, Settings{Key: 3})
		first := l[0].Admit(ctx, key("a"), "")
		if first.Limit != 3 || first.Remaining > 2 || first.Refused {
			t.Errorf("%+v", first)
		}
		exhaust(l[0], key("a"), "")
		if s := l[0].Admit(ctx, key("b"), ""); s.Refused {
			t.Error("another key is refused")
		}
	})
	t.Run("a key's own rate", func(t *testing.T) {
		l, _ := open(t, 1, Settings{Key: 1})
		own := key("a")
		own.Rate = 50
		if n := exhaust(l[0], own, ""); n < 50 {
			t.Errorf("%d admitted", n)
		}
	})
	t.Run("a workspace, whatever the key", func(t *testing.T) {
		l, _ := open(t, 1, Settings{Key: 1000, Workspace: 2})
		exhaust(l[0], key("a"), "acme")
		if s := l[0].Admit(ctx, key("a"), "zoo"); s.Refused || s.Limit != 2 {
			t.Errorf("another workspace: %+v", s)
		}
		if s := l[0].Admit(ctx, key("a"), ""); s.Refused || s.Limit != 1000 {
			t.Errorf("no workspace: %+v", s)
		}
	})
	t.Run("failures of an address", func(t *testing.T) {
		l, _ := open(t, 2, Settings{Failures: 20})
		now, begun := time.Now(), time.Now()
		for _, server := range l {
			server.now = func() time.Time { return now } // so that a server that has refused goes on to refuse
		}
		n := 0
		for _, server := range l {
			for server.AdmitFailure(ctx, "2001:db8::1") && n < 1000 {
				n++
			}
		}
		// The database gives one in three seconds.
		if most := 20 + 1 + int(time.Since(begun)/(3*time.Second)); n < 20 || n > most {
			t.Errorf("%d failures admitted, want 20, and at most %d", n, most)
		}
		if l[0].AdmitFailure(ctx, "2001:db8::2") || !l[0].AdmitFailure(ctx, "2001:db8:1::1") {
			t.Error("a client has all of its /64, and no more")
		}
	})
	t.Run("a database that is away", func(t *testing.T) {
		l, _ := open(t, 1, Settings{Key: 1})
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if s := l[0].Admit(gone, key("a"), ""); s.Refused {
			t.Error("a request is refused because the limit could not be asked for")
		}
	})
}
