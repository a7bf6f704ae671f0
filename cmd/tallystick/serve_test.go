package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)

	for _, name := range []string{"admin.key", "database.url", "secret.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info, err)
		}
	}
	if events := s.must("GET", "/v1/events", "", "", 200); !strings.Contains(events.body, `"data":[]`) {
		t.Errorf("a new ledger has events: %s", events.body)
	}

	// The greeting's request works when it is pasted.
	begin := strings.Index(s.output(), "curl ")
	end := strings.Index(s.output()[begin:], "\n\n")
	if begin < 0 || end < 0 {
		t.Fatalf("no request to try in:\n%s", s.output())
	}
	if _, err := exec.LookPath("curl"); err == nil {
		pasted := exec.Command("sh", "-c", s.output()[begin:begin+end])
		if printed, err := pasted.CombinedOutput(); err != nil || !strings.Contains(string(printed), `"code":"free"`) {
			t.Errorf("pasted: %s, %v", printed, err)
		}
	}

	if code := s.stop(syscall.SIGTERM); code != exitDone {
		t.Errorf("SIGTERM ended it with %d:\n%s", code, s.output())
	}
	if left := postgresOf(t, dir); left != "" {
		t.Errorf("Postgres was left running: %s", left)
	}

	// A second start finds what the first left, and its key.
	key := s.key
	s = boot(t, dir)
	if s.key != key {
		t.Error("the admin key changed")
	}
	if events := s.events(); len(events) != 1 {
		t.Errorf("%d events after a second start, want the product's", len(events))
	}
	if code := s.stop(syscall.SIGINT); code != exitDone {
		t.Errorf("SIGINT ended it with %d:\n%s", code, s.output())
	}
}

// postgresOf lists the processes that run on a data directory.
func postgresOf(t *testing.T, dir string) string {
	t.Helper()
	all, err := exec.Command("ps", "-eo", "pid,args").Output()
	if err != nil {
		t.Skip("no ps on this machine")
	}
	var found []string
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, dir) && strings.Contains(line, "postgres") {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

func TestASecondServerOnOneDataDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	boot(t, dir)
	_, stderr, code := invoke(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir)
	if code != exitFailed || !strings.Contains(stderr, "in use") || !strings.Contains(stderr, dir) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestAnAddressInUseIsRefused(t *testing.T) {
	t.Parallel()
	s := boot(t, dataDir(t))
	_, stderr, code := invoke(t, "serve", "--listen", strings.TrimPrefix(s.url, "http://"), "--data-dir", dataDir(t))
	if code != exitFailed || !strings.Contains(stderr, "address already in use") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A server that was killed leaves a lock, a pid file and perhaps Postgres; the next start copes.
func TestServeAfterKill(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)
	s.sellFreeSeats(5)
	s.kill()
	s = boot(t, dir)
	if events := s.events(); len(events) != 1 {
		t.Errorf("%d events after the kill, want the product's", len(events))
	}
}

// The whole life of an operator's commands, beside a server that runs and without one.
func TestCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)
	s.sellFreeSeats(5)
	run := func(want int, args ...string) string {
		t.Helper()
		stdout, stderr, code := invoke(t, append(args, "--data-dir", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, code, want, stdout, stderr)
		}
		return stdout
	}

	run(exitDone, "ledger", "create", "acme", "--live")
	run(exitFailed, "ledger", "create", "acme")
	run(exitFailed, "ledger", "create", "no/name")
	if list := run(exitDone, "ledger", "list"); !strings.Contains(list, "acme") || !strings.Contains(list, "sandbox") {
		t.Errorf("ledgers:\n%s", list)
	}

	admin := s.key
	s.key = strings.TrimSpace(run(exitDone, "key", "create", "auditor of acme", "--role", "auditor", "--ledger", "acme"))
	s.must("GET", "/v1/events", "", "", 200)
	s.must("POST", "/v1/products", "1", `{"code":"x","name":"X","tier":0}`, 403)
	if list := run(exitDone, "key", "list", "--json"); strings.Contains(list, s.key) || !strings.Contains(list, "auditor of acme") {
		t.Errorf("keys:\n%s", list)
	}
	run(exitDone, "key", "revoke", strings.Split(s.key, "_")[2])
	revoked := s.key
	run(exitFailed, "key", "revoke", "AAAAAAAAAAAA")
	s.await401()
	s.key = strings.TrimSpace(run(exitDone, "key", "create", "--role", "admin", "--ledger", "acme", "--expires", "90d"))
	s.must("GET", "/v1/events", "", "", 200)
	replaced := strings.TrimSpace(run(exitDone, "key", "replace", strings.Split(s.key, "_")[2], "--overlap", "0s"))
	s.await401()
	s.key = replaced
	s.must("GET", "/v1/events", "", "", 200)
	run(exitFailed, "key", "replace", strings.Split(revoked, "_")[2])
	run(exitFailed, "key", "create", "--role", "admin", "--expires", "2020-01-01T00:00:00Z")
	run(exitUsage, "key", "create", "--role", "admin", "--expires", "soon")
	if audit := run(exitDone, "key", "audit"); strings.Count(audit, "key_created") != 4 || strings.Count(audit, "key_revoked") != 1 || !strings.Contains(audit, "@") {
		t.Errorf("audit:\n%s", audit)
	}
	run(exitDone, "ledger", "rotate-secret", "acme")
	run(exitFailed, "ledger", "rotate-secret", "nobody")
	s.key = admin

	if list := run(exitDone, "projection", "list"); !regexp.MustCompile(`default +seats@1 +1 +0 +active`).MatchString(list) {
		t.Errorf("projections:\n%s", list)
	}
	if built := run(exitDone, "projection", "rebuild", "seats"); built != "seats@2 serves now\n" {
		t.Errorf("rebuilt: %s", built)
	}
	run(exitFailed, "projection", "rebuild", "nothing")
	run(exitFailed, "projection", "drop", "seats@2")
	run(exitFailed, "projection", "retry", "seats@2") // it has not stopped
	run(exitFailed, "projection", "retry", "seats")
	run(exitDone, "projection", "drop", "seats@1")
	run(exitDone, "migrate")

	if code := s.stop(syscall.SIGTERM); code != exitDone {
		t.Fatalf("exit %d", code)
	}
	if list := run(exitDone, "ledger", "list", "--json"); !strings.Contains(list, `"acme"`) {
		t.Errorf("ledgers without a server:\n%s", list)
	}
	if left := postgresOf(t, dir); left != "" {
		t.Errorf("a command left Postgres running: %s", left)
	}
}

// await401 waits for a key to end; servers may remember it for a second.
func (s *server) await401() {
	s.t.Helper()
	s.until("a revoked key ends", func() bool {
		got, err := s.request(s.t.Context(), "GET", "/v1/events", "", "")
		return err == nil && got.status == 401
	})
}

// A command in the wrong directory says so, and makes no database there.
func TestCommandsWithoutAnyData(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"key", "list"}, {"ledger", "list"}, {"projection", "list"}, {"license", "fingerprint"}} {
		dir := dataDir(t)
		_, stderr, code := invoke(t, append(args, "--data-dir", dir)...)
		if _, err := os.Stat(dir); code != exitFailed || !strings.Contains(stderr, "tallystick serve") || err == nil {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
}
