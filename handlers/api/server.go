package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections/engine"
)

// requestTimeout is how long a request may take once its headers are read.
const requestTimeout = 10 * time.Second

// Options are what a server works with.
type Options struct {
	Store  *eventstore.Store
	Codec  *eventstore.Codec
	Engine *engine.Engine
	// Deadlines advances the clocks of sandboxes.
	Deadlines *process.Deadlines
	// Pool serves the look-up of keys and the reading of events.
	Pool *pgxpool.Pool
	// Registry takes the server's metrics and is what /metrics shows; nil means one of its own, with those of the process.
	Registry *prometheus.Registry
	Log      *slog.Logger
	// Now is the system's clock; nil means time.Now.
	Now func() time.Time
	// RequestTimeout bounds a request; 0 means ten seconds.
	RequestTimeout time.Duration
	// Version is the program's, for the OpenAPI document.
	Version string
}

// Server is the HTTP door.
type Server struct {
	store  *eventstore.Store
	codec  *eventstore.Codec
	engine *engine.Engine
	// deadlines carries out what is due.
	deadlines *process.Deadlines
	pool      *pgxpool.Pool
	keys      *Keys
	log       *slog.Logger
	now       func() time.Time
	timeout   time.Duration

	echo     *echo.Echo
	metrics  *metrics
	document []byte
	docs     http.Handler
}

// New makes the door. It opens nothing and starts nothing; Prepare of the engine must have been called before the first
// request.
func New(o Options) (*Server, error) {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
		o.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = requestTimeout
	}
	keys, err := NewKeys(o.Pool, o.Now)
	if err != nil {
		return nil, err
	}
	measured, err := newMetrics(o.Registry, o.Engine, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{
		store: o.Store, codec: o.Codec, engine: o.Engine, deadlines: o.Deadlines, pool: o.Pool, keys: keys, log: o.Log, now: o.Now,
		timeout: o.RequestTimeout, echo: echo.New(), metrics: measured,
	}
	table := routes()
	if s.document, err = document(table, o.Version); err != nil {
		return nil, fmt.Errorf("make the OpenAPI document: %w", err)
	}
	if s.docs, err = newDocs(); err != nil {
		return nil, err
	}
	s.register(table)
	return s, nil
}

// register hands the table to the router.
func (s *Server) register(table []route) {
	s.echo.IPExtractor = echo.ExtractIPDirect()
	for i := range table {
		r := &table[i]
		s.echo.Add(r.method, r.echoPath(), func(c echo.Context) error {
			s.serve(r, c)
			return nil
		})
		if r.kind == kindOpen {
			// Whoever balances load looks with HEAD.
			s.echo.HEAD(r.echoPath(), func(c echo.Context) error {
				s.serve(r, c)
				return nil
			})
		}
		if r.path == docsPath {
			s.echo.GET(docsPath+"/*", func(c echo.Context) error {
				s.serve(r, c)
				return nil
			})
		}
	}
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) { s.serve(unrouted(err, c), c) }
}

// unrouted answers what no route is for.
func unrouted(err error, c echo.Context) *route {
	return &route{path: "none", kind: kindOpen, handle: func(*Server, *call) error {
		p := problemOf(err)
		if allow, ok := c.Get(echo.ContextKeyHeaderAllow).(string); ok {
			p.allow = strings.TrimPrefix(allow, "OPTIONS, ") // the router names it first, and no path has it
		}
		return p
	}}
}

// ServeHTTP serves the whole API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodOptions {
		s.echo.ServeHTTP(w, r)
		return
	}
	// The router would answer OPTIONS of any path by itself. It is a method like any other, and no path has it.
	c := s.echo.NewContext(r, w)
	s.echo.Router().Find(http.MethodOptions, echo.GetPath(r), c)
	err := echo.ErrNotFound
	if _, ok := c.Get(echo.ContextKeyHeaderAllow).(string); ok {
		err = echo.ErrMethodNotAllowed
	}
	s.echo.HTTPErrorHandler(err, c)
}

// HTTPServer gives the door the limits that it must stand behind: nobody holds a connection by being slow.
func HTTPServer(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
}
