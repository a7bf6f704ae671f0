package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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
	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"
)

// cluster is a Postgres that a test may copy, stop and restore.
type cluster struct {
	t      *testing.T
	dir    string
	server *postgres.Server
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp(scratch.Memory(), "f-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres may run as another user
		t.Fatal(err)
	}
	return &cluster{t: t, dir: filepath.Join(dir, "d")}
}

func (c *cluster) start(settings map[string]string) {
	c.t.Helper()
	all := map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "60"}
	maps.Copy(all, settings)
	var err error
	c.server, err = postgres.Start(c.t.Context(), postgres.Options{DataDir: c.dir, Settings: all, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.stop)
}

func (c *cluster) stop() {
	if err := c.server.Stop(context.Background()); err != nil {
		c.t.Error(err)
	}
}

// copyTo copies the files of a cluster that stands still.
func (c *cluster) copyTo(dir string) {
	c.t.Helper()
	if out, err := exec.Command("cp", "-a", c.dir, dir).CombinedOutput(); err != nil {
		c.t.Fatalf("copy: %v: %s", err, out)
	}
}

// signal leaves a file in the cluster's directory, for the account that owns it.
func (c *cluster) signal(name, content string) {
	c.t.Helper()
	path := filepath.Join(c.dir, "postgres", name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = file.WriteString(content)
	if err := errors.Join(err, file.Close()); err != nil {
		c.t.Fatal(err)
	}
	if out, err := exec.Command("chown", "--reference="+filepath.Join(c.dir, "postgres", "PG_VERSION"), path).CombinedOutput(); err != nil {
		c.t.Fatalf("chown: %v: %s", err, out)
	}
}

func (c *cluster) ask(sql string) (answer string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.server.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(c.t.Context(), sql).Scan(&answer); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

// bench makes a bench on the cluster.
func (c *cluster) bench() *bench {
	c.t.Helper()
	if _, err := migrations.Up(c.t.Context(), c.server.URL()); err != nil {
		c.t.Fatal(err)
	}
	return benchAt(c.t, c.server.URL())
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
func (b *bench) following(servers ...*cluster) *eventstore.Store {
	b.t.Helper()
	u, err := url.Parse(servers[0].server.URL())
	if err != nil {
		b.t.Fatal(err)
	}
	var hosts, ports []string
	for _, c := range servers {
		other, err := url.Parse(c.server.URL())
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
	primary, standby := newCluster(t), newCluster(t)
	primary.start(nil)
	b := primary.bench()
	primary.stop()
	primary.copyTo(standby.dir)
	primary.start(nil)
	b.reconnect(primary.server.URL())
	u, err := url.Parse(primary.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	standby.signal("standby.signal", "")
	standby.signal("postgresql.auto.conf", fmt.Sprintf("primary_conninfo = 'host=%s port=%s user=%s password=%s'\n",
		u.Query().Get("host"), u.Query().Get("port"), u.User.Username(), password))
	standby.start(nil)

	ours, theirs := b.following(primary, standby), b.following(primary, standby)
	b.execute(ours, put("box:a", 2, "one"))
	b.execute(ours, put("box:a", 2, "two"))
	stop := b.sellers(5, ours, theirs)
	reached := primary.ask(`SELECT pg_current_wal_lsn()::text`)
	await(t, "the standby to follow", func() bool {
		return standby.ask(fmt.Sprintf(`SELECT (pg_last_wal_replay_lsn() >= '%s')::text`, reached)) == "true"
	})
	standby.cut()
	lost := b.execute(ours, take("box:a")).LastPosition
	for range 50 { // more of what the standby does not get
		b.execute(theirs, put("box:lost", 1_000, "x"))
	}
	primary.stop()
	standby.ask(`SELECT pg_promote()::text`)

	if _, err := b.persist(ours, put("box:a", 2, "three")); code(err) != "box_full" {
		t.Errorf("a full box gave %v", err)
	}
	if _, err := b.persist(theirs, put("box:a", 2, "three")); code(err) != "box_full" {
		t.Errorf("a full box gave %v", err)
	}
	if outcome, err := b.persist(theirs, put("box:lost", 1_000, "x")); err != nil || outcome.Version != 1 {
		t.Errorf("a box that was lost: %+v, %v", outcome, err)
	}
	b.reconnect(standby.server.URL())
	await(t, "the sellers to go on", func() bool {
		tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
		return err == nil && tail > lost+200
	})
	stop()
	b.fair()
}

// cut lets the standby get no more.
func (c *cluster) cut() {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.server.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{`ALTER SYSTEM SET primary_conninfo = ''`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(c.t.Context(), sql); err != nil {
			c.t.Fatalf("%s: %v", sql, err)
		}
	}
	await(c.t, "the standby to be cut off", func() bool {
		return c.ask(`SELECT count(*)::text FROM pg_stat_wal_receiver`) == "0"
	})
}

// The database is restored to an earlier point beneath two processes, which go on.
func TestRestoreBeneathRunningProcesses(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.start(nil)
	b := c.bench()
	c.stop()
	backup, archive := c.dir+"-backup", c.dir+"-archive"
	c.copyTo(backup)
	if err := os.Mkdir(archive, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(archive, 0o777); err != nil {
		t.Fatal(err)
	}
	c.start(map[string]string{"archive_mode": "on", "archive_command": "cp %p " + archive + "/%f"})
	b.reconnect(c.server.URL())

	ours, theirs := b.following(c), b.following(c)
	b.execute(ours, put("box:a", 2, "one"))
	b.execute(ours, put("box:a", 2, "two"))
	b.execute(theirs, put("box:b", 2, "one"))
	stop := b.sellers(5, ours, theirs)
	await(t, "some to be sold", func() bool {
		tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
		return err == nil && tail > 100
	})
	c.ask(`SELECT pg_create_restore_point('here')::text`)
	b.execute(ours, take("box:a"))
	lost := b.execute(theirs, take("box:b")).LastPosition
	c.ask(`SELECT pg_switch_wal()::text`)
	c.stop()
	if err := os.RemoveAll(filepath.Join(c.dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", filepath.Join(backup, "postgres"), c.dir).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v: %s", err, out)
	}
	c.signal("recovery.signal", "")
	c.start(map[string]string{
		"restore_command": "cp " + archive + "/%f %p", "recovery_target_name": "here", "recovery_target_action": "promote",
		"hot_standby": "off",
	})
	b.reconnect(c.server.URL())

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
