package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

// http loads a server in a process of its own over loopback: each client allocates a seat and releases it, again and
// again, while all projections run, and then asks for a feature as often as it can. Load generator, server and Postgres share the machine.
func (b Command) http(ctx context.Context, dir string, report *table) error {
	server, err := bootServer(ctx, dir)
	if err != nil {
		return err
	}
	defer server.stop()
	if err := server.sellSeats(ctx, 1_000_000); err != nil {
		return err
	}
	lag := server.watchLag(ctx)
	for _, clients := range []int{1, 16, 64} {
		load, err := server.load(ctx, clients, b.For, seatRequest)
		if err != nil {
			return err
		}
		report.figure(fmt.Sprintf("HTTP seat commands, %d clients", clients), fmt.Sprintf("%.0f/s", load.perSecond),
			fmt.Sprintf("p50 %v, p99 %v, worst %v", load.quantile(0.5), load.quantile(0.99), load.quantile(1)))
		checks, err := server.load(ctx, clients, b.For, featureRequest)
		if err != nil {
			return err
		}
		report.figure(fmt.Sprintf("HTTP feature checks, %d clients", clients), fmt.Sprintf("%.0f/s", checks.perSecond),
			fmt.Sprintf("p50 %v, p99 %v, %.1f times the seat commands", checks.quantile(0.5), checks.quantile(0.99), checks.perSecond/load.perSecond))
	}
	report.figure("projection lag under that load", fmt.Sprintf("%v", lag.quantile(0.99)),
		fmt.Sprintf("p99 of %d looks through Min-Position", len(lag.latencies())))
	return nil
}

// load holds the measurements of a run of the load generator.
type load struct {
	perSecond float64
	mu        sync.Mutex
	took      []time.Duration
}

func (l *load) latencies() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.took
}

func (l *load) add(took ...time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took...)
}

func (l *load) quantile(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(l.latencies()))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(10 * time.Microsecond)
}

// request makes the n-th request of a client: its method, path and body, and the status that it must be answered with.
type request func(worker, n int) (method, path, body string, want int)

// seatRequest allocates a seat and then releases it.
func seatRequest(worker, n int) (method, path, body string, want int) {
	return seatRequestOf("m")(worker, n)
}

// seatRequestOf does it for members of this name, whom no other run may have left with a seat.
func seatRequestOf(name string) request {
	return func(worker, n int) (method, path, body string, want int) {
		path = fmt.Sprintf("/v1/workspaces/w-%d/seats", worker)
		if n%2 == 1 {
			return http.MethodDelete, fmt.Sprintf("%s/%s-%d", path, name, n/2), "", http.StatusOK
		}
		return http.MethodPost, path, fmt.Sprintf(`{"member":"%s-%d","role":"member"}`, name, n/2), http.StatusCreated
	}
}

// featureRequest asks whether a workspace has a feature.
func featureRequest(worker, _ int) (method, path, body string, want int) {
	return http.MethodGet, fmt.Sprintf("/v1/workspaces/w-%d/features/sso", worker), "", http.StatusOK
}

// load runs clients, each with a workspace and a connection of its own.
func (s *benchServer) load(ctx context.Context, clients int, d time.Duration, next request) (*load, error) {
	result := &load{}
	connections := make([]*wire, clients)
	for i := range connections {
		var err error
		if connections[i], err = s.dial(); err != nil {
			return nil, err
		}
		defer connections[i].conn.Close()
	}
	run := time.Now().UnixNano()
	took := make([][]time.Duration, clients)
	perSecond, err := measure(ctx, clients, d, func(_ context.Context, worker, n int) error {
		method, path, body, want := next(worker, n)
		begin := time.Now()
		status, err := connections[worker].do(method, path, fmt.Sprintf("%d-%d-%d", run, worker, n), body)
		if err == nil && status != want {
			err = fmt.Errorf("%s %s answered %d", method, path, status)
		}
		took[worker] = append(took[worker], time.Since(begin))
		return err
	})
	result.perSecond = perSecond
	result.add(slices.Concat(took...)...)
	return result, err
}

// wire is a keep-alive connection with a minimal client, since the client shares the machine.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
	key    string
}

func (s *benchServer) dial() (*wire, error) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, reader: bufio.NewReader(conn), key: s.key}, nil
}

func (w *wire) do(method, path, idempotencyKey, body string) (status int, err error) {
	_, err = fmt.Fprintf(w.conn, "%s %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, w.key, idempotencyKey, len(body), body)
	if err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, errors.Join(err, response.Body.Close())
}

// watchLag writes to a workspace of its own again and again, and measures the time until the read model shows that.
func (s *benchServer) watchLag(ctx context.Context) *load {
	seen := &load{}
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			begin := time.Now()
			position, err := s.request(ctx, http.MethodPost, "/v1/workspaces/watcher/seats", fmt.Sprintf("watch-%d", n),
				fmt.Sprintf(`{"member":"m-%d","role":"member"}`, n), "")
			if err == nil {
				_, err = s.request(ctx, http.MethodGet, "/v1/workspaces/watcher/seats?limit=1", "", "", position)
			}
			if err != nil {
				return
			}
			seen.add(time.Since(begin))
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	return seen
}

// sellSeats makes a free product with room for everybody.
func (s *benchServer) sellSeats(ctx context.Context, seats int) error {
	_, err := s.request(ctx, http.MethodPost, "/v1/products", "product",
		fmt.Sprintf(`{"code":"free","name":"Free","tier":0,"free":true,"free_seats":%d,"features":{"sso":true}}`, seats), "")
	return err
}

// request makes one request and returns the ledger position in the answer.
func (s *benchServer) request(ctx context.Context, method, path, key, body, minPosition string) (position string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if minPosition != "" {
		r.Header.Set("Min-Position", minPosition)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s answered %s: %s", method, path, response.Status, answer)
	}
	return response.Header.Get("Ledger-Position"), err
}

// read decodes the answer to a GET.
func (s *benchServer) read(ctx context.Context, path string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.UnmarshalRead(response.Body, into, json.MatchCaseInsensitiveNames(true))
}

// benchServer is a server of this program in a process of its own.
type benchServer struct {
	address string
	key     string
	stop    func()
}

// answering serves the API on a house in this process.
func answering(ctx context.Context, h *house.House, admin *pgxpool.Pool, ledger eventstore.Ledger, settings serve.Command) (*benchServer, error) {
	_, token, err := access.Operator{DB: admin, Name: "bench"}.CreateKey(ctx, access.NewKey{Ledger: ledger, Role: endpoint.RoleAdmin, Name: "bench"}, time.Now())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	handler, err := settings.NewHandler(h, serve.Running{}, "http://"+address, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	server := endpoint.HTTPServer(address, handler)
	go func() { _ = server.Serve(listener) }()
	return &benchServer{address: address, key: token, stop: func() { _ = server.Close() }}, nil
}

// bootServer starts the program and waits until it is ready.
func bootServer(ctx context.Context, dir string) (*benchServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	stop, err := startProcess(self, "serve", "--listen", address, "--data-dir", dir, "--log-level", "warn")
	if err != nil {
		return nil, err
	}
	s := &benchServer{address: address, stop: stop}
	if err := s.awaitReady(ctx); err != nil {
		stop()
		return nil, err
	}
	key, err := os.ReadFile(dir + "/admin.key")
	s.key = strings.TrimSpace(string(key))
	return s, err
}

func (s *benchServer) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		response, err := http.Get("http://" + s.address + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready in a minute: %w", errors.Join(err, ctx.Err()))
		}
	}
}
