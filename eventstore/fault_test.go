package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// A value that the database refuses fails the command that brought it and no other in its batch.
func TestABadValueFailsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	release := b.holdLock()
	var callers sync.WaitGroup
	callers.Go(func() { b.execute(store, put("box:first", 1, "red")) })
	b.awaitWaiting(1)
	for i := range 40 {
		callers.Go(func() {
			c := put(domain.Stream(fmt.Sprintf("box:%d", i)), 1, "red")
			if i%10 == 3 {
				c.Actor = "nul \x00 byte"
			}
			if _, err := store.Execute(b.ctx, b.ledger, c); (err != nil) != (i%10 == 3) {
				t.Errorf("command %d: %v", i, err)
			}
		})
	}
	release()
	callers.Wait()
	if n := len(b.events()); n != 37 {
		t.Errorf("%d events, want 37", n)
	}
}

// T14: connections die in the middle of everything; every acknowledged command is there, and none is there twice.
func TestConnectionsThatDie(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	var callers sync.WaitGroup
	var done atomic.Int64
	stop := make(chan struct{})
	for i := range 16 {
		callers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("%d-%d", i, n)
				_, err := store.Execute(b.ctx, b.ledger, withKey(put(domain.Stream(fmt.Sprintf("box:%d", i)), 1<<30, key), key, 1))
				if err != nil {
					t.Error(err)
				}
				done.Add(1)
			}
		})
	}
	killer, err := pgx.Connect(b.ctx, b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer killer.Close(context.Background())
	for kill, seen := 0, int64(0); kill < 40; kill++ {
		for done.Load() < seen+20 { // between kills something must get done
			time.Sleep(time.Millisecond)
		}
		seen = done.Load()
		_, err := killer.Exec(b.ctx, `
			SELECT pg_terminate_backend(pid)
			FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'tallystick test'`)
		if err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	callers.Wait()
	balls := map[string]int{}
	for _, e := range b.events() {
		balls[e.Fact.(ballPut).Ball]++
	}
	if int64(len(balls)) != done.Load() || int64(len(b.events())) != done.Load() {
		t.Errorf("%d acknowledged, %d different events, %d in all", done.Load(), len(balls), len(b.events()))
	}
}

// A cold stream is read although every connection of a large pool was cut off.
func TestReadingOutlivesAllConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reads, err := eventstore.Connect(b.ctx, b.url, eventstore.PoolOptions{Name: "reads", Connections: 30, Role: pgtest.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reads.Close)
	store := b.process(eventstore.Options{Reads: reads})
	var held []*pgxpool.Conn
	for range reads.Stat().MaxConns() {
		conn, err := reads.Acquire(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	for _, conn := range held {
		conn.Release()
	}
	_, err = b.admin.Exec(b.ctx, `
		SELECT pg_terminate_backend(pid)
		FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'tallystick reads'`)
	if err != nil {
		t.Fatal(err)
	}
	b.execute(store, put("box:a", 10, "red"))
}

// A caller that gives up hears whether its command may still be done, and a repeat does it or finds it done.
func TestACancelledCallerEndsItsWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 10, "warm"))
	release := b.holdLock()
	ctx, cancel := context.WithCancel(b.ctx)
	answer := make(chan error)
	go func() {
		_, err := store.Execute(ctx, b.ledger, withKey(put("box:a", 10, "red"), "key", 1))
		answer <- err
	}()
	b.awaitWaiting(1)
	cancel()
	err := <-answer
	if !errors.Is(err, eventstore.ErrOutcomeUnknown) && !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("a cancelled caller got %v", err)
	}
	release()
	outcome := b.execute(store, withKey(put("box:a", 10, "red"), "key", 1))
	if outcome.Replayed && errors.Is(err, eventstore.ErrUnavailable) {
		t.Error("the command was done, and its caller was told that it was not")
	}
	if n := len(b.events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// Without a database nothing is done, and the error says so.
func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pool, err := eventstore.Connect(b.ctx, "postgres://nobody@/nowhere?host="+t.TempDir(), eventstore.PoolOptions{Name: "test", Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := eventstore.New(pool, b.codec, eventstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Execute(b.ctx, b.ledger, put("box:a", 1, "red")); !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// T10, T16: what stands idle in a transaction elsewhere in the database holds nobody up.
func TestIdleTransactionsDelayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 1<<30, "red"))
	for _, begin := range []string{
		`BEGIN; CREATE TEMPORARY TABLE held (n int); INSERT INTO held VALUES (1)`,
		`BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tallystick.events`,
	} {
		conn, err := pgx.Connect(b.ctx, b.url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(b.ctx, begin); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		b.execute(store, put("box:a", 1<<30, "red"))
	}
	if n := len(b.events()); n != 201 {
		t.Errorf("%d events, want 201", n)
	}
}

// A database that accepts connections and never answers holds nobody longer than they want to wait.
func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 16)
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	pool, err := eventstore.Connect(b.ctx, "postgres://nobody@"+silent.Addr().String()+"/nowhere?sslmode=disable", eventstore.PoolOptions{Name: "test", Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = silent.Close()
		for len(accepted) > 0 {
			_ = (<-accepted).Close()
		}
		pool.Close()
	})
	store, err := eventstore.New(b.pool(), b.codec, eventstore.Options{Reads: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithTimeout(b.ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := store.Execute(ctx, b.ledger, put("box:a", 1, "red")); !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}
