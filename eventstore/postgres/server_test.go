package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDataOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, Options{DataDir: dir})
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "listen_addresses": "",
		"server_encoding": "UTF8", "TimeZone": "UTC",
	} {
		if got := ask(t, first.URL(), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if got := ask(t, first.URL(), "SELECT datcollate FROM pg_database WHERE datname = current_database()"); got != "C" {
		t.Errorf("text is sorted by the rules of %q, want C", got)
	}
	remember(t, first.URL())
	stop(t, first)
	<-first.Done()
	if err := first.Err(); err != nil {
		t.Errorf("after Stop: %v", err)
	}
	waitNothingRuns(t, dir)
	stop(t, first)

	second := startServer(t, Options{DataDir: dir})
	if second.URL() != first.URL() {
		t.Errorf("the URL has changed from %s to %s", first.URL(), second.URL())
	}
	recall(t, second.URL())
}

func TestSecondStartIsRefused(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	s := startServer(t, testOptions(dir))
	_, err := Start(t.Context(), testOptions(dir))
	want := fmt.Sprintf("data directory %s is in use by process %d", dir, os.Getpid())
	if !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	ask(t, s.URL(), "SHOW fsync")
}

func TestStopCutShort(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Stop(over); err != nil {
		t.Fatal(err)
	}
	waitNothingRuns(t, dir)
	recall(t, startServer(t, testOptions(dir)).URL())
}

func TestOnlyTheSocketLeadsIn(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	o := testOptions(dir)
	o.Settings["listen_addresses"] = "*"
	s := startServer(t, o)
	if got := ask(t, s.URL(), "SHOW listen_addresses"); got != "" {
		t.Errorf("listens on %q", got)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Join(dir, "socket"):             os.ModeDir | 0o700,
		socketPath(filepath.Join(dir, "socket")): os.ModeSocket | 0o700,
		filepath.Join(dir, "postgres"):           os.ModeDir | 0o700,
		filepath.Join(dir, "postgres.log"):       0o600,
		filepath.Join(dir, "postgres.password"):  0o600,
		filepath.Join(dir, "pg_hba.conf"):        0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
	}
}

func TestLogKeepsNoData(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	s := startServer(t, testOptions(dir))
	conn := connect(t, s.URL())
	for _, query := range []string{
		"CREATE TABLE member (email text PRIMARY KEY)",
		"INSERT INTO member VALUES ('secret@example.com')",
	} {
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO member VALUES ('secret@example.com')"); err == nil {
		t.Fatal("the key is not unique")
	}
	log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "member_pkey") || strings.Contains(string(log), "secret") {
		t.Errorf("the log has:\n%s", log)
	}
}

func TestErrorHasTheReason(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	stop(t, startServer(t, testOptions(dir)))
	o := testOptions(dir)
	o.Settings["max_connections"] = "many"
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "max_connections": "many"`) {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "ready to accept") {
		t.Errorf("more than the reason in one line:\n%v", err)
	}
	waitNothingRuns(t, dir)
	startServer(t, testOptions(dir))
}

func TestFailedFirstStartLeavesNoCluster(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	o := testOptions(dir)
	o.Settings["max_connections"] = "many"
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "max_connections") {
		t.Fatalf("error %v", err)
	}
	waitNothingRuns(t, dir)
	assertFiles(t, dir, "lock")
	ask(t, startServer(t, testOptions(dir)).URL(), "SHOW fsync")
}

func TestCancelledFirstStart(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := Start(ctx, testOptions(dir))
		failed <- err
	}()
	waitFor(t, "initdb to be at work", func() bool { return exists(t, filepath.Join(dir, unfinished+"*", "base")) })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	waitNothingRuns(t, dir)
	assertFiles(t, dir, "lock")
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	stop(t, startServer(t, testOptions(dir)))
	o := testOptions(dir)
	// It answers like Postgres, but is never ready.
	o.BinDir = fakeBinaries(t, `echo "postgres (PostgreSQL) $(cat `+filepath.Join(dir, "postgres", "PG_VERSION")+`)"
test "$1" = --version && exit
echo never ready; cd `+dir+`; exec sleep 1000`)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := Start(ctx, o)
		failed <- err
	}()
	waitFor(t, "the start", func() bool {
		log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
		return err == nil && strings.Contains(string(log), "never ready")
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	waitNothingRuns(t, dir)
	startServer(t, testOptions(dir))
}

func TestRemove(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	s := startServer(t, testOptions(dir))
	if err := Remove(t.Context(), dir); !errors.Is(err, ErrInUse) {
		t.Fatalf("error %v", err)
	}
	stop(t, s)
	for range 2 {
		if err := Remove(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if exists(t, dir) {
		t.Error("the directory is still there")
	}
}

func exists(t *testing.T, pattern string) bool {
	t.Helper()
	matches, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return len(matches) > 0
}

func assertFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s has %v, want %v", dir, names, want)
	}
}

// fakeBinaries makes a directory with an initdb that does nothing and a postgres that is the shell script.
func fakeBinaries(t *testing.T, postgres string) string {
	t.Helper()
	dir := openDir(t, "")
	// A process that another test forks meanwhile would keep a file open for writing, and then nobody could run it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for name, script := range map[string]string{"initdb": "", "postgres": postgres} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
