package postgres

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// refusesStrangers tries to get in without the password, and with another one.
func refusesStrangers(t *testing.T, s *Server) {
	t.Helper()
	for _, password := range []string{"", "guessed"} {
		conn, err := pgx.Connect(t.Context(), urlOf(s.socket, password))
		if err == nil {
			_ = conn.Close(context.Background())
			t.Errorf("password %q is let in", password)
			continue
		}
		var refusal *pgconn.PgError
		if errors.As(err, &refusal) && refusal.Code != "28P01" {
			t.Errorf("password %q: %v", password, err)
		}
	}
	if rules := ask(t, s.URL(), `SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules`); rules != "scram-sha-256" {
		t.Errorf("access rules %s", rules)
	}
}

func TestNobodyGetsInWithoutThePassword(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	refusesStrangers(t, first)
	url := first.URL()
	if got, err := SuperuserURL(dir); err != nil || got != url {
		t.Errorf("%s, %v; want %s", got, err, url)
	}
	stop(t, first)
	if second := startServer(t, testOptions(dir)); second.URL() != url {
		t.Error("the password has changed")
	}
	if words, err := os.ReadFile(filepath.Join(dir, "postgres.log")); err != nil || strings.Contains(string(words), first.password) {
		t.Errorf("the log has the password, %v", err)
	}
}

func TestLostPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	stop(t, first)
	if err := os.Remove(filepath.Join(dir, "postgres.password")); err != nil {
		t.Fatal(err)
	}
	second := startServer(t, testOptions(dir))
	if second.password == first.password {
		t.Error("the password is the lost one")
	}
	recall(t, second.URL())
	refusesStrangers(t, second)
}

// trusting makes a cluster as the releases before passwords did.
func trusting(t *testing.T, dir string) {
	t.Helper()
	bin, err := FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	makeDir(t, dir)
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	as := account{become: func(*syscall.SysProcAttr) {}}
	if service, ok := serviceUser(); ok && os.Geteuid() == 0 {
		as = asOther(service)
		if err := os.Chown(data, service.uid, service.gid); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []*exec.Cmd{
		as.command(t.Context(), data, filepath.Join(bin, "initdb"), "-D", data, "--auth=trust", "--username=postgres",
			"--encoding=UTF8", "--locale=C", "--no-sync"),
		as.command(t.Context(), data, filepath.Join(bin, "postgres"), "--single", "-D", data, "postgres"),
	} {
		if strings.HasSuffix(command.Path, "postgres") {
			command.Stdin = strings.NewReader("CREATE DATABASE tallystick\n")
		}
		if _, err := run(t.Context(), command); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAClusterThatTrustedEverybody(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	trusting(t, dir)
	own := filepath.Join(dir, "postgres", "pg_hba.conf")
	before, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	first := startServer(t, testOptions(dir))
	refusesStrangers(t, first)
	remember(t, first.URL())
	stop(t, first)
	second := startServer(t, testOptions(dir))
	refusesStrangers(t, second)
	recall(t, second.URL())
	if after, err := os.ReadFile(own); err != nil || string(after) != string(before) {
		t.Errorf("the cluster's own rules have changed, and the release before can't be put back: %v", err)
	}
}

func TestADirectoryWithASpace(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(filepath.Dir(testDataDir(t)), "my data+more")
	remember(t, startServer(t, testOptions(dir)).URL())
}
