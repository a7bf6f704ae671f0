package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/postgres"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// given is a cluster that somebody else runs.
func given(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	cluster, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

// tenantOf makes a database with a user of its own, and gives the URL.
func tenantOf(t *testing.T, cluster *postgres.Server, name, attributes string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{
		fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD 'secret' %s`, name, attributes),
		fmt.Sprintf(`CREATE DATABASE %s OWNER %[1]s TEMPLATE template0`, name),
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword(name, "secret"), "/"+name
	return u.String()
}

// logs runs the program until it has logged a line with each of the texts, and kills it.
func logs(t *testing.T, texts []string, args ...string) {
	t.Helper()
	command := programCommand(args...)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		all := true
		for _, text := range texts {
			all = all && strings.Contains(said.String(), text)
		}
		if all {
			return
		}
	}
	t.Errorf("%v: it never said all of %q:\n%s", args, texts, said.String())
}

// deaf is a host that accepts connections and does not answer.
func deaf(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return "postgres://somebody@" + listener.Addr().String() + "/db?connect_timeout=1"
}

func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	url := deaf(t)
	for _, args := range [][]string{{"migrate"}, {"key", "list"}, {"projection", "list"}} {
		_, stderr, code := invoke(t, append(args, "--database-url", url)...)
		if code != exitFailed || !strings.Contains(stderr, "accepts connections and does not answer") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
	logs(t, []string{"waiting for the database", "accepts connections and does not answer"},
		"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--database-url", url)

	// Asked to stop while it waits, it stops and leaves nothing.
	dir := dataDir(t)
	waiting := programCommand("serve", "--listen", "127.0.0.1:0", "--data-dir", dir, "--database-url", url)
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !house.Exists(filepath.Join(dir, "lock")); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never began")
		}
	}
	if err := waiting.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := waiting.Wait(); err != nil {
		t.Errorf("SIGTERM ended it with %v", err)
	}
	if house.Exists(dir) {
		t.Error("it left its data directory")
	}
}

func TestServeWaitsForADatabaseThatComesUp(t *testing.T) {
	t.Parallel()
	place := dataDir(t)
	cluster, err := postgres.Start(t.Context(), postgres.Options{DataDir: place})
	if err != nil {
		t.Fatal(err)
	}
	url := cluster.URL()
	if err := cluster.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	serving := programCommand("serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--database-url", url)
	stderr, err := serving.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serving.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serving.Process.Kill()
		_ = serving.Wait()
	}()
	started := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		switch {
		case !started && strings.Contains(lines.Text(), "waiting for the database"):
			given(t, place)
			started = true
		case started && strings.Contains(lines.Text(), `"serving"`):
			return
		}
	}
	t.Errorf("it never served (the database was started: %t)", started)
}

func TestADatabaseOfYours(t *testing.T) {
	t.Parallel()
	cluster := given(t, dataDir(t))

	t.Run("a start that fails leaves nothing", func(t *testing.T) {
		dir := dataDir(t)
		nowhere := strings.Replace(cluster.URL(), "/tallystick?", "/nowhere?", 1)
		_, stderr, code := invoke(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir, "--database-url", nowhere)
		if code != exitFailed || !strings.Contains(stderr, `database "nowhere" does not exist`) || house.Exists(dir) {
			t.Errorf("exit %d, a data directory: %t: %s", code, house.Exists(dir), stderr)
		}
	})

	t.Run("an empty one is served with a hint", func(t *testing.T) {
		url := tenantOf(t, cluster, "empty", "CREATEROLE")
		logs(t, []string{"tallystick ledger create", `"serving"`},
			"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--database-url", url)
	})

	t.Run("what is not protected is said", func(t *testing.T) {
		url := tenantOf(t, cluster, "humble", "")
		if stdout, stderr, code := invoke(t, "migrate", "--database-url", url); code != exitDone ||
			!strings.Contains(stdout, "INSERT events past the function") || !strings.Contains(stdout, "no role for auditors") {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
		logs(t, []string{"INSERT events past the function", `"serving"`},
			"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--database-url", url)
	})
}

// The release before shares two roles between all databases of a cluster.
func TestLeavingTheRolesThatAllShared(t *testing.T) {
	t.Parallel()
	cluster := given(t, dataDir(t))
	urls := map[string]string{}
	for _, name := range []string{"one", "two"} {
		urls[name] = tenantOf(t, cluster, name, "CREATEROLE")
		share(t, cluster, name, urls[name])
	}
	for _, own := range []bool{false, true} {
		for name, url := range urls {
			args := []string{"migrate", "--database-url", url}
			if own {
				args = append(args, "--own-roles")
			}
			stdout, stderr, code := invoke(t, args...)
			if code != exitDone || strings.Contains(stdout, "migrate --own-roles") == own {
				t.Errorf("%v of %s: exit %d: %s%s", args[:1], name, code, stdout, stderr)
			}
			logs(t, []string{`"serving"`}, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--database-url", url)
		}
	}
	one, err := url.Parse(urls["one"])
	if err != nil {
		t.Fatal(err)
	}
	one.Path = "/two"
	conn, err := pgx.Connect(t.Context(), one.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `SELECT secret FROM tallystick.ledgers`); err == nil {
		t.Error("one database's user reads the secrets of the other")
	}
}

// share gives a database the roles that the release before would have given it.
func share(t *testing.T, cluster *postgres.Server, name, as string) {
	t.Helper()
	if _, stderr, code := invoke(t, "migrate", "--database-url", as); code != exitDone {
		t.Fatal(stderr)
	}
	conn, err := pgx.Connect(t.Context(), strings.Replace(cluster.URL(), "/tallystick?", "/"+name+"?", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), fmt.Sprintf(`
		DO $$ BEGIN CREATE ROLE tallystick_owner; CREATE ROLE tallystick_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
		REASSIGN OWNED BY tallystick_owner_%[1]s TO tallystick_owner;
		DROP OWNED BY tallystick_owner_%[1]s, tallystick_app_%[1]s;
		DROP ROLE tallystick_owner_%[1]s, tallystick_app_%[1]s;
		GRANT tallystick_owner, tallystick_app TO %[1]s`, name))
	if err != nil {
		t.Fatal(err)
	}
}
