package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary the program itself, so that it can be killed.
const asProgram = "TALLYSTICK_PUBLISH_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// patience bounds waits on a busy machine.
const patience = 5 * time.Minute

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// process is the program, on its own.
type process struct {
	t       *testing.T
	command *exec.Cmd
	ended   chan struct{}
	code    int
}

func start(t *testing.T, arguments ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(os.Args[0], arguments...), ended: make(chan struct{})}
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.Stderr = os.Stderr
	if !testing.Verbose() {
		p.command.Stderr = nil
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.command.Wait()
		p.code = p.command.ProcessState.ExitCode()
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

// log is a server with the log of one ledger, as the public API shows it.
type log struct {
	*httptest.Server
	id     string
	size   int64
	mu     sync.Mutex
	asked  []string // the queries that followed
	closed chan struct{}
}

const (
	testKey  = "tally_sandbox_x"
	testLine = `{"position":%d,"id":"%s-%d","stream":"%s:w%d","version":%d,"type":"%s.happened.v1","effective_at":"2026-01-01T00:00:00Z","data":{"n":%d},"private":{"name":"Ada"}}` + "\n"
)

// kinds are those of the log's streams, in turn.
var kinds = []string{"seating", "invoice", "subscription", "payment"}

func newLog(t *testing.T, id string, size int64) *log {
	t.Helper()
	l := &log{id: id, size: size, closed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/clock", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+testKey {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"code":"unauthorized","detail":"no valid key"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"now": "2026-01-01T00:00:00Z", "mode": "sandbox", "ledger": id})
	})
	mux.HandleFunc("GET /v1/events", l.events)
	l.Server = httptest.NewServer(mux)
	t.Cleanup(func() { close(l.closed); l.CloseClientConnections(); l.Close() })
	return l
}

func (l *log) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Ledger-Position", strconv.FormatInt(l.size, 10))
	if r.URL.Query().Get("follow") == "" {
		return
	}
	l.mu.Lock()
	l.asked = append(l.asked, r.URL.RawQuery)
	l.mu.Unlock()
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	for n := after + 1; n <= l.size; n++ {
		kind := kinds[n%int64(len(kinds))]
		if _, err := fmt.Fprintf(w, testLine, n, l.id, n, kind, n%10, n, kind, n); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte("\n"))
	w.(http.Flusher).Flush()
	select {
	case <-r.Context().Done():
	case <-l.closed:
	}
}

// freePort gives a port that nobody listens on, below those that the system gives to connections.
func freePort(t *testing.T) int {
	t.Helper()
	for {
		port := 20_000 + rand.IntN(10_000)
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
}
