package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest/cluster"
	"github.com/tallystick/tallystick/migrations"
)

// benchOn makes a bench on a cluster.
func benchOn(t *testing.T, c *cluster.Cluster) *bench {
	t.Helper()
	if _, err := migrations.Up(t.Context(), c.URL()); err != nil {
		t.Fatal(err)
	}
	return benchAt(t, c.URL())
}

// reconnect lets the bench look at another server.
func (b *bench) reconnect(url string) {
	b.t.Helper()
	admin, err := pgx.Connect(b.ctx, url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = admin.Close(context.Background()) })
	b.url, b.admin = url, admin
}

// following is a store whose connections go to whichever of the servers can be written to.
func (b *bench) following(servers ...*cluster.Cluster) *eventstore.Store {
	b.t.Helper()
	u, err := url.Parse(servers[0].URL())
	if err != nil {
		b.t.Fatal(err)
	}
	var hosts, ports []string
	for _, c := range servers {
		other, err := url.Parse(c.URL())
		if err != nil {
			b.t.Fatal(err)
		}
		hosts, ports = append(hosts, other.Query().Get("host")), append(ports, other.Query().Get("port"))
	}
	query := u.Query()
	query.Set("host", strings.Join(hosts, ","))
	query.Set("port", strings.Join(ports, ","))
	query.Set("target_session_attrs", "read-write")
	u.RawQuery = query.Encode()
	pool, err := eventstore.Connect(b.ctx, u.String(), eventstore.PoolOptions{Name: "test", Connections: 4})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(pool.Close)
	return b.storeOn(pool)
}

func (b *bench) storeOn(pool *pgxpool.Pool) *eventstore.Store {
	b.t.Helper()
	store, err := eventstore.New(pool, b.codec, eventstore.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(store.Close)
	return store
}

// sellers keep putting balls into boxes with little room and taking them out again, in all stores, until stop is called.
func (b *bench) sellers(boxes int, stores ...*eventstore.Store) (stop func()) {
	ctx, cancel := context.WithCancel(b.ctx)
	var selling sync.WaitGroup
	for i := range 8 {
		selling.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				stream := domain.Stream(fmt.Sprintf("box:%d", (i+n)%boxes))
				c := put(stream, 2, "x")
				if n%3 == 2 {
					c = take(stream)
				}
				_, err := stores[(i+n)%len(stores)].Execute(ctx, b.ledger, c)
				switch {
				case err == nil, code(err) != "", eventstore.IsUnavailable(err), errors.Is(err, eventstore.ErrOutcomeUnknown),
					errors.Is(err, eventstore.ErrOverloaded), ctx.Err() != nil:
				default:
					b.t.Errorf("a seller got %v", err)
				}
			}
		})
	}
	return func() {
		cancel()
		selling.Wait()
	}
}

// fair holds that no box ever had more balls than room, or fewer than none.
func (b *bench) fair() {
	b.t.Helper()
	balls := map[domain.Stream]int{}
	for _, e := range b.events() {
		switch e.Fact.(type) {
		case ballPut:
			balls[e.Stream]++
		case ballTaken:
			balls[e.Stream]--
		}
		if n := balls[e.Stream]; n < 0 || n > 2 {
			b.t.Fatalf("%s has %d balls at position %d", e.Stream, n, e.Position)
		}
	}
}

// persist repeats a command until the database is there again.
func (b *bench) persist(store *eventstore.Store, c eventstore.Command) (eventstore.Outcome, error) {
	b.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		outcome, err := store.Execute(b.ctx, b.ledger, c)
		if err == nil || !eventstore.IsUnavailable(err) && !errors.Is(err, eventstore.ErrOutcomeUnknown) && !errors.Is(err, eventstore.ErrOverloaded) {
			return outcome, err
		}
	}
	b.t.Fatal("the database never came back")
	return eventstore.Outcome{}, nil
}

// A standby that did not get the last commits is promoted beneath two processes that know them.
func TestFailoverThatLosesCommits(t *testing.T) {
	t.Parallel()
	primary, standby := cluster.New(t), cluster.New(t)
	primary.Start(nil)
	b := benchOn(t, primary)
	primary.Stop()
	primary.CopyTo(standby.Dir)
	primary.Start(nil)
	b.reconnect(primary.URL())
	standby.Follow(primary)
	standby.Start(nil)

	ours, theirs := b.following(primary, standby), b.following(primary, standby)
	b.execute(ours, put("box:a", 2, "one"))
	b.execute(ours, put("box:a", 2, "two"))
	stop := b.sellers(5, ours, theirs)
	reached := primary.Ask(`SELECT pg_current_wal_lsn()::text`)
	await(t, "the standby to follow", func() bool {
		return standby.Ask(fmt.Sprintf(`SELECT (pg_last_wal_replay_lsn() >= '%s')::text`, reached)) == "true"
	})
	cut(t, standby)
	lost := b.execute(ours, take("box:a")).LastPosition
	for range 50 { // more of what the standby does not get
		b.execute(theirs, put("box:lost", 1_000, "x"))
	}
	primary.Stop()
	standby.Ask(`SELECT pg_promote()::text`)

	if _, err := b.persist(ours, put("box:a", 2, "three")); code(err) != "box_full" {
		t.Errorf("a full box gave %v", err)
	}
	if _, err := b.persist(theirs, put("box:a", 2, "three")); code(err) != "box_full" {
		t.Errorf("a full box gave %v", err)
	}
	if outcome, err := b.persist(theirs, put("box:lost", 1_000, "x")); err != nil || outcome.Version != 1 {
		t.Errorf("a box that was lost: %+v, %v", outcome, err)
	}
	b.reconnect(standby.URL())
	await(t, "the sellers to go on", func() bool {
		tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
		return err == nil && tail > lost+200
	})
	stop()
	b.fair()
}

// cut lets the standby get no more.
func cut(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{`ALTER SYSTEM SET primary_conninfo = ''`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	await(t, "the standby to be cut off", func() bool {
		return c.Ask(`SELECT count(*)::text FROM pg_stat_wal_receiver`) == "0"
	})
}

// The database is restored to an earlier point beneath two processes, which go on.
func TestRestoreBeneathRunningProcesses(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	c.Start(nil)
	b := benchOn(t, c)
	c.Stop()
	backup, archive := c.Dir+"-backup", c.Dir+"-archive"
	c.CopyTo(backup)
	if err := os.Mkdir(archive, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(archive, 0o777); err != nil {
		t.Fatal(err)
	}
	c.Start(map[string]string{"archive_mode": "on", "archive_command": "cp %p " + archive + "/%f"})
	b.reconnect(c.URL())

	ours, theirs := b.following(c), b.following(c)
	b.execute(ours, put("box:a", 2, "one"))
	b.execute(ours, put("box:a", 2, "two"))
	b.execute(theirs, put("box:b", 2, "one"))
	stop := b.sellers(5, ours, theirs)
	await(t, "some to be sold", func() bool {
		tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
		return err == nil && tail > 100
	})
	c.Ask(`SELECT pg_create_restore_point('here')::text`)
	b.execute(ours, take("box:a"))
	lost := b.execute(theirs, take("box:b")).LastPosition
	c.Ask(`SELECT pg_switch_wal()::text`)
	c.Stop()
	if err := os.RemoveAll(filepath.Join(c.Dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", filepath.Join(backup, "postgres"), c.Dir).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v: %s", err, out)
	}
	c.Signal("recovery.signal", "")
	c.Start(map[string]string{
		"restore_command": "cp " + archive + "/%f %p", "recovery_target_name": "here", "recovery_target_action": "promote",
		"hot_standby": "off",
	})
	b.reconnect(c.URL())

	for _, store := range []*eventstore.Store{ours, theirs} {
		if _, err := b.persist(store, put("box:a", 2, "three")); code(err) != "box_full" {
			t.Errorf("a full box gave %v", err)
		}
	}
	if outcome, err := b.persist(ours, take("box:b")); err != nil || outcome.Version != 2 {
		t.Errorf("what was lost is done again: %+v, %v", outcome, err)
	}
	await(t, "the sellers to go on", func() bool {
		tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
		return err == nil && tail > lost+200
	})
	stop()
	b.fair()
}
