package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

const (
	// commitFile names the commit of a kept release.
	commitFile = "commit"
	// landedVariable leads to the program of the newest kept release. Without it the test builds the program.
	landedVariable = "TALLYSTICK_LANDED_PROGRAM"
)

type programOf func(args ...string) *exec.Cmd

// landedProgram gives the program of the newest kept release.
func landedProgram(t *testing.T) programOf {
	t.Helper()
	path := os.Getenv(landedVariable)
	if path == "" {
		path = buildLanded(t)
	}
	return func(args ...string) *exec.Cmd { return isolated(path, args...) }
}

// buildLanded builds the program from the history of the checkout, and skips the test where there is none.
func buildLanded(t *testing.T) string {
	t.Helper()
	kept := slices.Max(keptReleases(t))
	text, err := os.ReadFile(filepath.Join(releases, kept, commitFile))
	if err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(string(text))
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", args...).Output()
		return strings.TrimSpace(string(out)), err
	}
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		t.Skipf("there is no git history to build the release %s of, commit %s: set %s", kept, commit, landedVariable)
	}
	if _, err := git("cat-file", "-e", commit+"^{commit}"); err != nil {
		if shallow, _ := git("rev-parse", "--is-shallow-repository"); shallow == "true" {
			t.Skipf("the git history is cut off before the release %s, commit %s: fetch all of it, or set %s", kept, commit, landedVariable)
		}
		t.Fatalf("the git history has no commit %s of the release %s", commit, kept)
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, "source.tar")
	for _, command := range []*exec.Cmd{
		exec.CommandContext(t.Context(), "git", "-C", top, "archive", "--output", archive, commit),
		exec.CommandContext(t.Context(), "tar", "-x", "-f", archive, "-C", dir),
		exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "landed"), "./cmd/tallystick"),
	} {
		if command.Args[0] == "go" {
			command.Dir = dir
		}
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, out)
		}
	}
	return filepath.Join(dir, "landed")
}

// fleet is the servers that share a database, and the clients that ask them all the time.
type fleet struct {
	t   *testing.T
	url string // of the database
	key string // of the API

	mu      sync.RWMutex // held for reading while a request is under way
	servers []*server
	told    map[string]exchange // commands that were answered, by their idempotency keys
	asked   atomic.Int64
	behind  atomic.Int64
}

// The last landed release and this one run side by side on one database, and replace one another process by process, there
// and back and there again. Clients notice nothing.
func TestTwoReleasesAtOnce(t *testing.T) {
	t.Parallel()
	landed := landedProgram(t)
	f := newFleet(t, landed)
	f.servers = []*server{f.boot(landed), f.boot(landed)}
	f.tell(http.MethodPost, "/v1/products", `{"code":"free","name":"Free","tier":0,"free":true,"free_seats":1000000}`)
	f.tell(http.MethodPost, "/v1/products", `{"code":"team","name":"Team","tier":1}`)
	f.tell(http.MethodPost, "/v1/products/team/prices", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.00"}`)
	stop := f.load(4)
	f.awaitAsked(200)
	if stdout, stderr, code := finish(t, f.command(programCommand, "projection", "prepare")); code != exitDone || stdout != "all read models are ready\n" || stderr != "" {
		t.Errorf("prepare: exit %d: %s%s", code, stdout, stderr)
	}
	for _, step := range []struct {
		name    string
		program programOf
	}{{"to this release", programCommand}, {"back", landed}, {"to this release again", programCommand}, {"back again", landed}} {
		t.Run(step.name, func(t *testing.T) {
			for i := range f.servers {
				f.replace(i, f.boot(step.program))
				f.awaitAsked(100)
			}
			f.repeat()
			f.expectNoneStopped()
		})
	}
	stop()
	f.repeat()
	f.expectNoneStopped()
	t.Logf("%d requests, %d commands kept, a read model was behind %d times", f.asked.Load(), len(f.told), f.behind.Load())
}

// newFleet makes a database with a ledger as the landed release does.
func newFleet(t *testing.T, landed programOf) *fleet {
	t.Helper()
	dir := dataDir(t)
	cluster, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "postgres.log")); t.Failed() && err == nil {
			t.Logf("what Postgres says:\n%s", log)
		}
		_ = cluster.Stop(context.Background())
	})
	f := &fleet{t: t, url: cluster.URL(), told: map[string]exchange{}}
	for _, args := range [][]string{{"migrate"}, {"ledger", "create", "default"}, {"key", "create", "admin", "--role", "admin"}} {
		stdout, stderr, code := finish(t, f.command(landed, args...))
		if code != exitDone {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		f.key = strings.TrimSpace(stdout)
	}
	return f
}

// command is a subcommand on the fleet's database.
func (f *fleet) command(program programOf, args ...string) *exec.Cmd {
	return program(append(args, "--database-url", f.url, "--data-dir", dataDir(f.t))...)
}

// boot starts a server and returns when it is ready.
func (f *fleet) boot(program programOf) *server {
	f.t.Helper()
	s := bootWith(f.t, program, dataDir(f.t), "--database-url", f.url)
	s.key = f.key
	return s
}

// replace puts a server in the place of another one, as whoever balances load does, and stops the other.
func (f *fleet) replace(i int, by *server) {
	f.t.Helper()
	f.mu.Lock()
	old := f.servers[i]
	f.servers[i] = by
	f.mu.Unlock()
	if code := old.stop(syscall.SIGTERM); code != exitDone {
		f.t.Errorf("a server that was replaced: exit %d:\n%s", code, old.output())
	}
}

// load lets clients ask until it is stopped.
func (f *fleet) load(clients int) (stop func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	var asking sync.WaitGroup
	for client := range clients {
		asking.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				f.live(fmt.Sprintf("w%d-%d", client, n/20), n)
			}
		})
	}
	stopped := func() {
		cancel()
		asking.Wait()
	}
	f.t.Cleanup(stopped)
	return stopped
}

// live does in a workspace what its clients do, and reads what was written.
func (f *fleet) live(workspace string, n int) {
	if n%20 == 0 {
		f.tell(http.MethodPost, on(workspace, "/subscription"), `{"price":"month","seats":30,"collection":"send_invoice"}`)
	}
	at := f.tell(http.MethodPost, on(workspace, "/seats"), fmt.Sprintf(`{"member":"m%d","role":"member"}`, n))
	for _, path := range []string{"/seats", "/current-plan", "/invoices", "/subscription", "/balance"} {
		f.send(exchange{Method: http.MethodGet, Path: on(workspace, path), Position: at})
	}
}

// tell sends a command, keeps its answer, and gives its position.
func (f *fleet) tell(method, path, body string) (position string) {
	e := exchange{Method: method, Path: path, Body: body, IdempotencyKey: fmt.Sprintf("%s %d", path, rand.Int64())}
	got := f.send(e)
	e = e.answered(got)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told[e.IdempotencyKey] = e
	return e.Position
}

// send sends a request to any server. Anything but a success is an error, except that a read model may be behind: the
// landed one that is put back says so while it catches up.
func (f *fleet) send(e exchange) answer {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s := f.servers[rand.IntN(len(f.servers))]
	var got answer
	err := errors.New("it was never asked")
	poll(func() bool {
		var request *http.Request
		request, err = http.NewRequestWithContext(f.t.Context(), e.Method, s.url+e.Path, bytes.NewReader([]byte(e.Body)))
		if err != nil {
			return true
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer " + f.key, "Content-Type": "application/json", "Idempotency-Key": e.IdempotencyKey, "Min-Position": e.Position,
		} {
			if value != "" {
				request.Header.Set(name, value)
			}
		}
		got, err = ask(request)
		late := err == nil && strings.Contains(got.body, `"read_model_behind"`)
		if late {
			f.behind.Add(1)
		}
		return !late
	})
	f.asked.Add(1)
	if f.t.Context().Err() == nil && (err != nil || got.status/100 != 2) {
		f.t.Errorf("%s %s: %d %s, %v", e.Method, e.Path, got.status, got.body, err)
	}
	return got
}

// awaitAsked waits until clients were answered so many times more.
func (f *fleet) awaitAsked(more int64) {
	f.t.Helper()
	until := f.asked.Load() + more
	if !poll(func() bool { return f.asked.Load() >= until }) {
		f.t.Fatal("clients are not answered")
	}
}

// repeat sends every command again.
func (f *fleet) repeat() {
	f.t.Helper()
	f.mu.RLock()
	told := slices.Collect(maps.Values(f.told))
	f.mu.RUnlock()
	for _, was := range told {
		sent := was
		sent.Position = ""
		got := f.send(sent)
		if is := was.answered(got); got.header.Get("Idempotent-Replayed") != "true" || is != was {
			f.t.Errorf("%s %s was answered\n%+v, and is\n%+v", was.Method, was.Path, was, is)
		}
	}
}

func (f *fleet) expectNoneStopped() {
	f.t.Helper()
	conn, err := pgx.Connect(f.t.Context(), f.url)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(f.t.Context()))
	var failures string
	err = conn.QueryRow(f.t.Context(), `
		SELECT coalesce(string_agg(projection || '@' || version || ' ' || status || ': ' || error, E'\n'), '')
		FROM tallystick.projection_failures`).Scan(&failures)
	if err != nil || failures != "" {
		f.t.Errorf("read models failed: %v\n%s", err, failures)
	}
}
