package main

import (
	"bytes"
	"context"
	"encoding/json"
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

	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/handlers/vault"
)

// fleet is the servers that share a database, and the clients that ask them all the time.
type fleet struct {
	t   *testing.T
	url string // of the database
	key string // of the API
	// secret is the file of the key that seals secrets.
	secret string

	mu      sync.RWMutex // held for reading while a request is under way
	servers []*server
	clients []*buyer
	waiting map[*server]bool    // those that events of a newer release may hold up
	ahead   []string            // paths of what has events of this release, which later commands of the landed one meet
	told    map[string]exchange // commands that were answered, by their idempotency keys
	refused []exchange          // commands that wait for a newer release
	asked   atomic.Int64
	behind  atomic.Int64
}

// buyer lives in one workspace after the other, whichever release answers.
type buyer struct {
	name string
	live func(workspace string, n int)
	n    int // steps done
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
	return newFleetOn(t, cluster.URL(), landed)
}

// newFleetOn makes a ledger in a database as a release does.
func newFleetOn(t *testing.T, url string, landed programOf) *fleet {
	t.Helper()
	f := &fleet{t: t, url: url, secret: filepath.Join(t.TempDir(), "secret.key"), told: map[string]exchange{}, waiting: map[*server]bool{}}
	if err := vault.MakeKey(f.secret); err != nil {
		t.Fatal(err)
	}
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
	s := bootWith(f.t, program, dataDir(f.t), "--database-url", f.url, "--secret-key-file", f.secret)
	s.key = f.key
	return s
}

// wait starts a server of an older release, which is not ready where events are of a newer one.
func (f *fleet) wait(program programOf) *server {
	f.t.Helper()
	s := startWith(f.t, program, dataDir(f.t), "--database-url", f.url, "--secret-key-file", f.secret)
	s.key = f.key
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting[s] = true
	return s
}

// expectWaiting expects that the servers that were put back are not ready, and that clients met that.
func (f *fleet) expectWaiting() {
	f.t.Helper()
	for _, s := range f.servers {
		s.await("/readyz", http.StatusServiceUnavailable)
	}
	stop := f.load()
	for _, path := range f.ahead {
		f.followAhead(path)
	}
	if !poll(func() bool {
		f.mu.RLock()
		defer f.mu.RUnlock()
		return len(f.refused) > 0
	}) {
		f.t.Error("no command met an event of this release")
	}
	stop()
	for _, e := range f.refused {
		if !slices.Contains(f.ahead, e.Path) {
			f.t.Errorf("%s %s meets no event of this release, and was left to it", e.Method, e.Path)
		}
	}
}

// sendRefused sends what waited for this release to it, with the same keys.
func (f *fleet) sendRefused() {
	f.t.Helper()
	f.mu.RLock()
	refused := slices.Clone(f.refused)
	f.mu.RUnlock()
	for _, e := range refused {
		f.keep(e, f.send(e))
	}
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

// come lets more clients in.
func (f *fleet) come(name string, clients int, live func(workspace string, n int)) {
	for i := range clients {
		f.clients = append(f.clients, &buyer{name: fmt.Sprintf("%s%d", name, i), live: live})
	}
}

// load lets the clients go on until it is stopped.
func (f *fleet) load() (stop func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	var asking sync.WaitGroup
	for _, c := range f.clients {
		asking.Go(func() {
			for ; ctx.Err() == nil; c.n++ {
				c.live(fmt.Sprintf("%s-%d", c.name, c.n/20), c.n%20)
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

// live does in a workspace what leads to no bill, and reads what was written.
func (f *fleet) live(workspace string, n int) {
	if n == 10 {
		f.tell(http.MethodPost, on(workspace, "/trial"), `{"price":"month","seats":30}`)
	}
	f.allocate(workspace, n)
}

// bill does what invoices come of.
func (f *fleet) bill(workspace string, n int) {
	switch n {
	case 0:
		f.subscribe(workspace)
	case 5, 10:
		f.give(workspace)
	case 15:
		f.tell(http.MethodPost, on(workspace, "/subscription/cancel"), `{"when":"period_end","settlement":"none"}`)
	}
	f.allocate(workspace, n)
}

func (f *fleet) subscribe(workspace string) exchange {
	return f.tell(http.MethodPost, on(workspace, "/subscription"), `{"price":"month","seats":30,"collection":"send_invoice"}`)
}

// give gives credit, which pays the earliest invoice.
func (f *fleet) give(workspace string) {
	f.tell(http.MethodPost, on(workspace, "/credits"), `{"amount":{"amount":"8.00","currency":"USD"},"reason":"a gift"}`)
}

// goAhead writes what the landed release does not know, into streams that later commands of it meet.
func (f *fleet) goAhead() {
	for range 3 {
		made := f.tell(http.MethodPost, "/v1/webhook-endpoints", `{"url":"https://hooks.invalid/all","types":["webhook.test"]}`)
		var endpoint struct{ ID string }
		if err := json.Unmarshal([]byte(made.Answer), &endpoint); err != nil || endpoint.ID == "" {
			f.t.Fatalf("an endpoint: %v, %s", err, made.Answer)
		}
		write(f.t, f.url, webhook.Stream(endpoint.ID), webhook.Parked{Position: 1, Reason: "the shop is closed"})
		f.ahead = append(f.ahead, "/v1/webhook-endpoints/"+endpoint.ID)
	}
}

// followAhead asks for a change of what went ahead.
func (f *fleet) followAhead(path string) {
	f.tell(http.MethodPut, path, `{"url":"https://hooks.invalid/all","types":["webhook.test"],"description":"the shop"}`)
}

// allocate fills a seat and reads what it changed.
func (f *fleet) allocate(workspace string, n int) {
	at := f.tell(http.MethodPost, on(workspace, "/seats"), fmt.Sprintf(`{"member":"m%d","role":"member"}`, n)).Position
	for _, path := range []string{"/seats", "/current-plan", "/invoices", "/trial", "/balance"} {
		f.send(exchange{Method: http.MethodGet, Path: on(workspace, path), Position: at})
	}
}

// tell sends a command and keeps its answer.
func (f *fleet) tell(method, path, body string) exchange {
	e := newExchange(path, body)
	e.Method = method
	return f.keep(e, f.send(e))
}

// newExchange makes a command with a key of its own.
func newExchange(path, body string) exchange {
	return exchange{Method: http.MethodPost, Path: path, Body: body, IdempotencyKey: fmt.Sprintf("%s %d", path, rand.Int64())}
}

// keep notes a command with its answer, or that it waits.
func (f *fleet) keep(e exchange, got answer) exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	if waits(got) {
		f.refused = append(f.refused, e)
		return e
	}
	e = e.answered(got)
	f.told[e.IdempotencyKey] = e
	return e
}

// waits reports whether an answer leaves a request to a newer release.
func waits(got answer) bool {
	return got.status == http.StatusServiceUnavailable && strings.Contains(got.body, `"newer_release"`)
}

// send sends a request to any server. Anything but a success is an error, except that a read model may be behind: the
// landed one that is put back says so while it catches up. Behind new events it serves before it is ready, and may also leave
// the request to this release.
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
		late := err == nil && (strings.Contains(got.body, `"read_model_behind"`) || f.waiting[s] && strings.Contains(got.body, `"read_model_filling"`))
		if late {
			f.behind.Add(1)
		}
		return !late
	})
	f.asked.Add(1)
	if f.t.Context().Err() == nil && (err != nil || got.status/100 != 2 && !(f.waiting[s] && waits(got))) {
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
		if waits(got) {
			continue
		}
		if is := was.answered(got); got.header.Get("Idempotent-Replayed") != "true" || is != was.withoutSecret() {
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
