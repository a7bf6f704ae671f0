package serve

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/api"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/migrations"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// DrainTimeout is the time that requests have to end once the server was asked to stop.
const DrainTimeout = 15 * time.Second

// Serving holds all settings of a server.
type Serving struct {
	Door
	Webhooks
	RateLimits
	house.Config
	Gatewaying
	Auditing
	Installing
	Spreading
	ExportDir     string   `help:"Directory for the files of exports, which servers on one database share (default: exports in the data directory)." env:"TALLYSTICK_EXPORT_DIR" placeholder:"DIR"`
	SecretKeyFile []string `help:"File of 32 random bytes that seals the secrets of gateways, webhooks and licences (the private Postgres comes with one, secret.key in the data directory). The first of several seals, all of them open." env:"TALLYSTICK_SECRET_KEY_FILE" placeholder:"FILE"`
	// LicenseSigningKey may be given several times.
	LicenseSigningKey []string `help:"File of Ed25519 keys, PKCS #8 in PEM, that license files are signed with (the private Postgres comes with one, license-signing.pem in the data directory). The first of several signs, and the public halves of all are shown." env:"TALLYSTICK_LICENSE_SIGNING_KEY" placeholder:"FILE"`
}

type Command struct {
	Serving
	// Opened is told the address once, if somebody wants to know.
	Opened func(url string) `kong:"-"`
}

// ForDemo gives a server with the usual settings, which sends webhooks to this machine too.
func ForDemo(c house.Config, listen string) *Command {
	return &Command{Serving: Serving{
		Door: Door{Listen: listen, MaxConnections: house.DefaultMaxConnections}, Config: c,
		Webhooks:   Webhooks{WebhookAllow: []string{"127.0.0.0/8"}, WebhookTimeout: DefaultWebhookTimeout},
		RateLimits: RateLimits{RateLimitAuth: DefaultRateLimitAuth}, Gatewaying: Gatewaying{GatewayTimeout: DefaultGatewayTimeout},
		Auditing: Auditing{AuditOrigin: DefaultAuditOrigin}, Spreading: Spreading{Roles: house.AllRoles.Names(), QueryMaxLag: DefaultQueryMaxLag},
	}}
}

// Wrong lists the wrong settings of the server and of its door.
func (s *Serving) Wrong() []error {
	wrong := slices.Concat(s.Door.Wrong(), s.Webhooks.Wrong(), s.RateLimits.Wrong(), s.Config.Wrong(), s.Gatewaying.wrong(), s.Auditing.wrong(), s.Installing.wrong(), s.Spreading.wrong(s.DatabaseURL != ""), wrongTracing())
	if err := s.exposed(); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

// Run starts database, tables, first ledger and key, read models and API in this order, and stops them in reverse.
func (s *Command) Run(ctx context.Context, std house.Streams) error {
	log := s.Logger(std)
	traces, stopTracing, err := startTracing(ctx, log)
	if err != nil {
		return err
	}
	defer stopTracing()
	s.Traces = traces
	s.spread(&s.Config)
	// The addresses come first: one in use must not cost a start of the database.
	listeners, err := s.Open(log)
	if err != nil {
		return err
	}
	defer listeners.Close()
	if s.Opened != nil {
		s.Opened(s.address(listeners))
	}
	if s.DatabaseURL != "" {
		return s.serveGiven(ctx, listeners, std, log)
	}
	return house.WithPrivate(ctx, &s.Config, log, func(ctx context.Context, superuser string) error {
		private, err := house.OpenPrivate(ctx, &s.Config, superuser, migrations.Up, postgres.NewPassword())
		if err != nil {
			return err
		}
		return s.serve(ctx, private, listeners, std, log)
	})
}

// serveGiven serves on a configured database, which it waits for. The lock keeps a second server out of the data directory,
// since there is no private Postgres to do so.
func (s *Command) serveGiven(ctx context.Context, l listeners, std house.Streams, log *slog.Logger) (err error) {
	existed := house.Exists(s.DataDir)
	unlock, err := postgres.Lock(s.DataDir)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, unlock())
		if err != nil && !existed {
			// It holds the lock alone. With more in it, it stays.
			_ = os.Remove(filepath.Join(s.DataDir, "lock"))
			_ = os.Remove(s.DataDir)
		}
	}()
	if err := dial.Await(ctx, s.DatabaseURL, log); err != nil {
		return err
	}
	given, err := house.OpenGiven(ctx, s.DatabaseURL)
	if err != nil {
		return err
	}
	return s.serve(ctx, given, l, std, log)
}

// serve furnishes the database and answers requests until ctx ends.
func (s *Command) serve(ctx context.Context, d house.Database, l listeners, std house.Streams, log *slog.Logger) error {
	h, err := house.Furnish(ctx, &s.Config, d, log)
	if err != nil {
		return err
	}
	defer h.Close()
	for _, warning := range house.Warnings(d.Status) {
		log.Warn(warning)
	}
	if s.DatabaseURL == "" {
		err = bootstrap(ctx, &s.Config, d.Operator)
	} else {
		err = hintAtLedgers(ctx, h, log)
	}
	if err != nil {
		return err
	}
	if err := h.Engine.Inspect(ctx); err != nil {
		return err
	}
	address := s.address(l)
	running, err := s.processes(ctx, h, address, log)
	if err != nil {
		return err
	}
	handler, err := s.handler(h, running, address, log)
	if err != nil {
		return err
	}
	server := s.server(l.api.Addr().String(), handler, log)
	server.RegisterOnShutdown(handler.Stop)
	metrics := metricsServer(handler.Metrics())

	// The read models outlive the requests, which may wait for them.
	projecting, stopProjecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopProjecting()
	var working errgroup.Group
	working.Go(func() error {
		defer stopProjecting()
		return errors.Join(drain(ctx, server, s.Limit(DrainTimeout), log), metrics.Close())
	})
	working.Go(func() error { return s.project(projecting, h) })
	working.Go(func() error { return running.run(ctx) })
	if h.Standby != nil {
		working.Go(func() error { return h.Standby.Run(ctx) })
	}
	working.Go(func() error { return l.serve(server) })
	if l.metrics != nil {
		working.Go(func() error { return served(metrics.Serve(l.metrics)) })
		log.Info("serving metrics", slog.String("address", l.metrics.Addr().String()))
	}
	if s.DatabaseURL == "" && s.Config.Roles.Has(house.RoleAPI) {
		greet(std, address, displayPath(s.AdminKeyPath()))
	}
	log.Info("serving", slog.String("address", l.api.Addr().String()), slog.String("version", house.Version), slog.String("roles", s.Config.Roles.String()))
	return working.Wait()
}

// address gives the URL of the API.
func (s *Command) address(l listeners) string { return s.Scheme() + "://" + l.api.Addr().String() }

// server makes the server of the API.
func (s *Command) server(address string, handler http.Handler, log *slog.Logger) *http.Server {
	server := endpoint.HTTPServer(address, handler)
	server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout =
		s.Limit(server.ReadHeaderTimeout), s.Limit(server.ReadTimeout), s.Limit(server.WriteTimeout)
	// What strangers do wrong on the line is no concern of an operator's.
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	return server
}

// exports makes the writer of exports.
func (s *Command) exports(h *house.House, log *slog.Logger) *exports.Exports {
	return exports.New(exports.Options{
		Sources: exports.Sources{Pool: h.Queries, Engine: h.Engine}, Dir: cmp.Or(s.ExportDir, filepath.Join(s.DataDir, "exports")), Now: time.Now, Log: log,
	})
}

// NewHandler makes the API on a house, at the address where it listens.
func (s *Command) NewHandler(h *house.House, r Running, address string, log *slog.Logger) (*endpoint.Server, error) {
	keys, err := access.NewKeys(h.Queries, time.Now)
	if err != nil {
		return nil, err
	}
	proxies, err := s.proxies()
	if err != nil {
		return nil, err
	}
	policy, writer, err := s.courier(h)
	if err != nil {
		return nil, err
	}
	limiter, err := s.limiter(h, log)
	if err != nil {
		return nil, err
	}
	signing, err := s.licenseKeys()
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{LicenseKeys: signing, Installation: r.installation, Deadlines: r.deadlines, Deliveries: r.deliveries, Exports: r.exports, Vault: h.Vault, Webhooks: policy, Writer: writer, Gateways: h.Gateways, Accounts: h.Accounts, Options: endpoint.Options{
		Store: h.Store, Codec: h.Codec, Engine: h.Engine, Authenticator: keys, Limiter: limiter, Pool: h.Queries, Log: log, Traces: s.Traces, Registry: newRegistry(h, r),
		Roles:          r.roles.Names(),
		RequestTimeout: s.Patience, Version: house.Version, PublicURL: s.PublicURL, ListenURL: address, TrustedProxies: proxies,
	}})
}

// drain waits for ctx to end, then lets requests finish.
func drain(ctx context.Context, server *http.Server, timeout time.Duration, log *slog.Logger) error {
	<-ctx.Done()
	log.Info("stopping")
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		log.Warn("requests were cut off", slog.Any("error", err))
		return server.Close()
	}
	return nil
}

// displayPath returns the shorter form of a path, absolute or from the present directory.
func displayPath(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(here, path)
	if err != nil || len(relative) > len(path) {
		return path
	}
	return relative
}
