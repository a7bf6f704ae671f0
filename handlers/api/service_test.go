package api

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/healthz", without("Authorization")).is(200).says(object{"status": "ok"})
	c.get("/readyz", without("Authorization")).is(200).says(object{"status": "ok"})
}

// TestNotReady asks before the read models have any version.
func TestNotReady(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.url = pgtest.Database(t) // where nobody has made any
	pool := b.pool(2)
	s, err := New(Options{Options: endpoint.Options{Pool: pool, Codec: b.codec, Engine: engine.New(engine.Options{Pool: pool, Codec: b.codec, Projections: projections.All()})}})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	c := &client{t: t, base: listener.URL}
	c.get("/healthz").is(200)
	c.get("/readyz").refused(503, "not_ready")
}

// TestDatabaseAway takes the database away and gives it back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	database := newProxy(t, b.url)
	b.url = database.url
	p := b.start(endpoint.Options{RequestTimeout: time.Second})
	c := b.client(p, endpoint.RoleAdmin)
	c.insists = true
	c.openShop()
	c.buy("acme", "pro-month", 3)
	c.licensed()
	c.insists = false
	database.cut()
	var callers sync.WaitGroup
	for _, r := range routes {
		if r.Roles == nil {
			continue
		}
		callers.Go(func() {
			a, err := c.try(r.Method, target(&r), exampleOf(&r), key(r.ID), c.fitting(&r))
			if err != nil {
				t.Error(err)
				return
			}
			code := a.text("code")
			if a.status != 503 || code != "database_unavailable" && code != "outcome_unknown" && code != "overloaded" || a.header.Get("Retry-After") == "" {
				t.Errorf("%s: %v %s", r.ID, a.header, a.body)
			}
		})
	}
	c.post("/v1/workspaces/zoo/seats", aSeat, key("meanwhile")).is(503)
	c.get("/healthz").is(200)
	c.get("/readyz").refused(503, "not_ready")
	if !strings.Contains(p.metrics(), "tallystick_http_requests_total") {
		t.Error("no metrics without the database")
	}
	callers.Wait()
	database.restore()
	testbed.Eventually(t, "it is ready again", func() bool { return c.get("/readyz").status == 200 })
	c.insists = true
	// What was asked for meanwhile is done once, by now or by a repeat.
	first := c.post("/v1/workspaces/zoo/seats", aSeat, key("meanwhile")).is(201)
	same(t, first, c.post("/v1/workspaces/zoo/seats", aSeat, key("meanwhile")))
	n := 0
	for _, e := range b.events() {
		if e.Stream == "seating:zoo" && e.Type == "seating.allocated.v1" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d seats were allocated", n)
	}
}

// exampleOf is the route's example, or no body.
func exampleOf(r *endpoint.Route) any {
	if r.Example == nil {
		return nil
	}
	return r.Example
}

func TestShuttingDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	p.store.Close()
	c.post("/v1/workspaces/acme/seats", aSeat).refused(503, "shutting_down")
	c.get("/v1/products").is(200)
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for _, id := range []string{"a", "A-b_c.9", strings.Repeat("x", 64)} {
		c.run(t, id, func(t *testing.T) {
			if a := c.get("/v1/products", header("X-Request-Id", id)); a.header.Get("X-Request-Id") != id {
				t.Errorf("%s was replaced", id)
			}
		})
	}
	for _, id := range []string{"", strings.Repeat("x", 65), "a b", "a\"b", "ü", "a/b"} {
		c.run(t, "not "+id, func(t *testing.T) {
			a := c.get("/v1/products/none", header("X-Request-Id", id)).is(404)
			if made := a.header.Get("X-Request-Id"); made == id || len(made) != 36 || a.text("request_id") != made {
				t.Errorf("%q became %q", id, made)
			}
		})
	}
}

// lines collect what many log at once.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(part []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(part)
}

func (l *lines) of(t *testing.T, id string) (found []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.SplitSeq(strings.TrimSpace(l.text.String()), "\n") {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["request_id"] == id {
			found = append(found, entry)
		}
	}
	return found
}

// TestLog finds one line a request, with all that it may say and nothing else.
func TestLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var logged lines
	c := b.client(b.start(endpoint.Options{Log: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}), endpoint.RoleAdmin)
	c.openShop()
	parts := strings.Split(c.token, "_")
	a := c.post("/v1/workspaces/acme/seats?dry_run=false", object{"member": "private-name", "role": "member"}, key("private-key"), header("X-Request-Id", "logged")).is(201)
	found := logged.of(t, "logged")
	if len(found) != 1 {
		t.Fatalf("%d lines", len(found))
	}
	for name, want := range map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "route": "/v1/workspaces/{workspace}/seats", "path": "/v1/workspaces/acme/seats",
		"status": 201, "bytes": len(a.body), "key": parts[2], "ledger": "test",
	} {
		if fmt.Sprint(found[0][name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, found[0][name], want)
		}
	}
	c.get("/v1/events", without("Authorization"), header("X-Request-Id", "nobody")).is(401)
	if found := logged.of(t, "nobody"); len(found) != 1 || found[0]["key"] != "" || found[0]["denied"] != "missing" {
		t.Errorf("%v", found)
	}
	wrong := strings.Join([]string{parts[0], parts[1], parts[2], strings.Repeat("A", 43)}, "_")
	c.get("/v1/events", without("Authorization"), header("Authorization", "Bearer "+wrong), header("X-Request-Id", "stranger")).is(401)
	if found := logged.of(t, "stranger"); len(found) != 1 || found[0]["denied"] != "wrong secret" || found[0]["presented"] != parts[2] {
		t.Errorf("%v", found)
	}
	c.get("/nowhere?secret=private-query", header("X-Request-Id", "lost")).is(404)
	if found := logged.of(t, "lost"); len(found) != 1 || found[0]["route"] != "none" {
		t.Errorf("%v", found)
	}
	for _, secret := range []string{"private-name", "private-key", "private-query", "dry_run", parts[3], strings.Repeat("A", 43)} {
		if strings.Contains(logged.text.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// metrics reads the numbers that Prometheus is shown.
func (p *program) metrics() string {
	shown := httptest.NewRecorder()
	p.server.Metrics().ServeHTTP(shown, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return shown.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registry := prometheus.NewRegistry()
	p := b.start(endpoint.Options{Registry: registry, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.post("/v1/workspaces/acme/seats", aSeat, key("one")).is(201)
	c.post("/v1/workspaces/acme/seats", aSeat, key("one")).is(201)
	c.post("/v1/workspaces/acme/seats?dry_run=true", object{"member": "bob", "role": "member"}).is(200)
	c.post("/v1/workspaces/acme/seats", aSeat).is(409)
	c.do("BREW", "/v1/products", nil).is(405)
	c.get("/metrics").refused(404, "not_found") // they are not for the public
	shown := p.metrics()
	for _, want := range []string{
		`tallystick_http_requests_total{method="POST",route="/v1/workspaces/{workspace}/seats",status="201"} 2`,
		`tallystick_http_requests_total{method="POST",route="/v1/workspaces/{workspace}/seats",status="409"} 1`,
		`tallystick_http_requests_total{method="other",route="none",status="405"} 1`,
		`tallystick_http_request_duration_seconds_count{method="POST",route="/v1/workspaces/{workspace}/seats"} 4`,
		`tallystick_commands_total{command="allocate-seat",result="done"} 1`,
		`tallystick_commands_total{command="allocate-seat",result="replayed"} 1`,
		`tallystick_commands_total{command="allocate-seat",result="dry_run"} 1`,
		`tallystick_commands_total{command="allocate-seat",result="member_exists"} 1`,
		`tallystick_projection_lag_events{projection="seats",version="1"}`,
		`tallystick_projection_lag_seconds{projection="catalog",version="1"}`,
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %s in\n%s", want, shown)
		}
	}
}

// TestSlowBody sends half a body and waits, then a body that does not end.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// A longer timeout would give the connection more time, too.
	p := b.start(endpoint.Options{RequestTimeout: 10 * time.Second})
	c := b.client(p, endpoint.RoleAdmin)
	impatient := httptest.NewUnstartedServer(p.server)
	impatient.Config = endpoint.HTTPServer("", p.server)
	impatient.Config.ReadTimeout = 200 * time.Millisecond
	impatient.Start()
	t.Cleanup(impatient.Close)
	head := "POST /v1/products HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nAuthorization: Bearer " + c.token + "\r\n"
	for name, slow := range map[string]struct {
		url, sent string
		endless   string
		status    int
	}{
		"half a body":  {url: impatient.URL, sent: head + "Content-Length: 100\r\n\r\n{", status: 408},
		"half a chunk": {url: impatient.URL, sent: head + "Transfer-Encoding: chunked\r\n\r\nff\r\n{", status: 408},
		"without end":  {url: p.url, sent: head + "Transfer-Encoding: chunked\r\n\r\n", endless: "8000\r\n" + strings.Repeat(" ", 0x8000) + "\r\n", status: 413},
		"a lie":        {url: p.url, sent: head + "Content-Length: 99999999999\r\n\r\n{", status: 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(slow.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, slow.sent); err != nil {
				t.Fatal(err)
			}
			for sent := 0; sent < 2<<20 && err == nil; sent += max(1, len(slow.endless)) {
				if slow.endless == "" {
					break
				}
				_, err = io.WriteString(conn, slow.endless)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != slow.status || response.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v", response.StatusCode, response.Header)
			}
		})
	}
}
