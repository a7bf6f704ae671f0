package endpoint

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// requestTimeout bounds a request once its headers are read.
const requestTimeout = 10 * time.Second

// Options hold what a server works with.
type Options struct {
	Store         *eventstore.Store
	Codec         *eventstore.Codec
	Engine        *engine.Engine
	Authenticator Authenticator
	// Limiter bounds how often clients ask; nil bounds nothing.
	Limiter Limiter
	// Waiter waits for gateways; nil answers without waiting.
	Waiter Waiter
	// AccessLog keeps who reads by routes that are [Route.Recorded]; nil keeps nothing.
	AccessLog AccessLog
	// Pool serves the reading of the log.
	Pool *pgxpool.Pool
	// Registry takes the server's metrics, and [Server.Metrics] shows it; nil means one of its own, with those of the process.
	Registry *prometheus.Registry
	Log      *slog.Logger
	// Traces takes the spans of requests; nil means that there are none.
	Traces trace.TracerProvider
	// Now is the system's clock; nil means time.Now.
	Now func() time.Time
	// RequestTimeout bounds a request; 0 means ten seconds.
	RequestTimeout time.Duration
	// Version is the program's, for the OpenAPI document.
	Version string
	// PublicURL leads clients to the server, for the OpenAPI document; "" means wherever they found that.
	PublicURL string
	// ListenURL begins the links that the server hands out where there is no PublicURL.
	ListenURL string
	// Roles names what the process does, and Ready says whether it can; nil asks whether every read model serves.
	Roles []string
	Ready func(ctx context.Context) error
	// TrustedProxies may say in X-Forwarded-For who their client is. Nobody else may.
	TrustedProxies []netip.Prefix
}

// BaseURL begins the links that the server hands out.
func (o Options) BaseURL() string { return strings.TrimRight(cmp.Or(o.PublicURL, o.ListenURL), "/") }

// Table holds all that a server serves.
type Table struct {
	Routes []Route
	// Pages are served beside the routes: they are for people, and not in the document.
	Pages []Route
	// Foreign are routes of other specifications, which document them.
	Foreign []Route
	// Guide leads the document, in Markdown.
	Guide string
	// Names are examples of the names in paths.
	Names map[string]string
	// Enums are the enumerations of bodies, answers and filters.
	Enums  []Enum
	DryRun DryRun
	// Document is the table's in OpenAPI.
	Document []byte
}

// Server serves a table over HTTP.
type Server struct {
	store         *eventstore.Store
	codec         *eventstore.Codec
	engine        *engine.Engine
	authenticator Authenticator
	limiter       Limiter
	waiter        Waiter
	accesses      AccessLog
	pool          *pgxpool.Pool
	log           *slog.Logger
	now           func() time.Time
	timeout       time.Duration

	turns    *turns
	dryRun   DryRun
	echo     *echo.Echo
	metrics  *metrics
	roles    []string
	ready    func(ctx context.Context) error
	baseURL  string // that links begin with
	document []byte
	docs     *docs

	tracer   trace.Tracer
	stopping chan struct{} // is closed when the server stops
}

// New makes a server. It opens nothing and starts nothing; Prepare of the engine must have been called before the first
// request.
func New(o Options, table Table) (*Server, error) {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
		o.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Roles == nil {
		o.Roles = []string{}
	}
	if o.Ready == nil {
		o.Ready = func(ctx context.Context) error { return o.Engine.Await(ctx, uuid.Nil, 0) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = requestTimeout
	}
	measured, err := newMetrics(o.Registry, o)
	if err != nil {
		return nil, err
	}
	s := &Server{
		store: o.Store, codec: o.Codec, engine: o.Engine, authenticator: o.Authenticator, limiter: o.Limiter, waiter: o.Waiter, accesses: o.AccessLog, pool: o.Pool, log: o.Log, now: o.Now,
		timeout: o.RequestTimeout, turns: newTurns(), roles: o.Roles, ready: o.Ready, baseURL: o.BaseURL(), document: table.Document, dryRun: table.DryRun, echo: echo.New(), metrics: measured,
		tracer: newTracer(o.Traces), stopping: make(chan struct{}),
	}
	if s.docs, err = newDocs(); err != nil {
		return nil, err
	}
	s.echo.IPExtractor = clientAddress(o.TrustedProxies)
	s.register(table.Routes)
	s.register(table.Pages)
	s.register(table.Foreign)
	return s, nil
}

// register hands the routes to the router.
func (s *Server) register(routes []Route) {
	for i := range routes {
		r := &routes[i]
		serve := func(c echo.Context) error {
			s.serve(r, c)
			return nil
		}
		paths := []string{r.echoPath()}
		if r.Path == docsPath {
			paths = append(paths, docsPath+"/*")
		}
		for _, path := range paths {
			s.echo.Add(r.Method, path, serve)
			if r.Method == http.MethodGet {
				s.echo.HEAD(path, serve)
			}
		}
	}
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) { s.serve(unrouted(err, c), c) }
}

// unrouted answers where no route does.
func unrouted(err error, c echo.Context) *Route {
	return &Route{Path: "none", kind: KindOpen, handle: func(*Call) error {
		p := ProblemOf(err)
		if allow, ok := c.Get(echo.ContextKeyHeaderAllow).(string); ok {
			p.allow = strings.TrimPrefix(allow, "OPTIONS, ") // the router names it first, and no path has it
		}
		return p
	}}
}

// Stop ends the answers that would stay open, as a server that drains must do first. It is called once.
func (s *Server) Stop() { close(s.stopping) }

// ServeHTTP serves the whole table.
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

// HTTPServer gives a handler the limits that it must stand behind: nobody holds a connection by being slow.
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
