package main

import (
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
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/migrations"
)

// drainTimeout is the time that requests have to end once the server was asked to stop.
const drainTimeout = 15 * time.Second

// Serving holds all settings of a server.
type Serving struct {
	Door
	Config
	SecretKeyFile []string `help:"File of 32 random bytes that seals the secrets of gateways, webhooks and licences (the private Postgres comes with one, secret.key in the data directory). The first of several seals, all of them open." env:"TALLYSTICK_SECRET_KEY_FILE" placeholder:"FILE"`
}

type serveCommand struct{ Serving }

// wrong lists the wrong settings of the server and of its door.
func (s *Serving) wrong() []error {
	wrong := slices.Concat(s.Door.wrong(), s.Config.wrong(), wrongTracing())
	if err := s.exposed(); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

// Run starts database, tables, first ledger and key, read models and API in this order, and stops them in reverse.
func (s *serveCommand) Run(ctx context.Context, std streams) error {
	log := s.logger(std)
	traces, stopTracing, err := startTracing(ctx, log)
	if err != nil {
		return err
	}
	defer stopTracing()
	s.Traces = traces
	// The addresses come first: one in use must not cost a start of the database.
	listeners, err := s.listen(log)
	if err != nil {
		return err
	}
	defer listeners.close()
	if s.DatabaseURL != "" {
		return s.serveGiven(ctx, listeners, std, log)
	}
	return withPrivate(ctx, &s.Config, log, func(ctx context.Context, superuser string) error {
		private, err := openPrivate(ctx, &s.Config, superuser, migrations.Up, postgres.NewPassword())
		if err != nil {
			return err
		}
		return s.serve(ctx, private, listeners, std, log)
	})
}

// serveGiven serves on a configured database, which it waits for. The lock keeps a second server out of the data directory,
// since there is no private Postgres to do so.
func (s *serveCommand) serveGiven(ctx context.Context, l listeners, std streams, log *slog.Logger) (err error) {
	existed := exists(s.DataDir)
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
	given, err := openGiven(ctx, s.DatabaseURL)
	if err != nil {
		return err
	}
	return s.serve(ctx, given, l, std, log)
}

// serve furnishes the database and answers requests until ctx ends.
func (s *serveCommand) serve(ctx context.Context, d database, l listeners, std streams, log *slog.Logger) error {
	h, err := furnish(ctx, &s.Config, d, log)
	if err != nil {
		return err
	}
	defer h.close()
	for _, warning := range warnings(d.status) {
		log.Warn(warning)
	}
	if s.DatabaseURL == "" {
		err = bootstrap(ctx, &s.Config, d.operator)
	} else {
		err = hintAtLedgers(ctx, h, log)
	}
	if err != nil {
		return err
	}
	if err := h.engine.Inspect(ctx); err != nil {
		return err
	}
	if h.vault, err = s.openVault(ctx, h, log); err != nil {
		return err
	}
	deadlines := process.NewDeadlines(h.store, h.engine, h.queries, time.Now, log)
	h.watch = deadlines.Appended
	address := s.scheme() + "://" + l.api.Addr().String()
	handler, err := s.newHandler(h, deadlines, address, log)
	if err != nil {
		return err
	}
	server := endpoint.HTTPServer(l.api.Addr().String(), handler)
	server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout =
		s.limit(server.ReadHeaderTimeout), s.limit(server.ReadTimeout), s.limit(server.WriteTimeout)
	// What strangers do wrong on the line is no concern of an operator's.
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	metrics := metricsServer(handler.Metrics())

	// The read models outlive the requests, which may wait for them.
	projecting, stopProjecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopProjecting()
	var working errgroup.Group
	working.Go(func() error {
		defer stopProjecting()
		return errors.Join(drain(ctx, server, s.limit(drainTimeout), log), metrics.Close())
	})
	working.Go(func() error { return h.engine.Run(projecting) })
	working.Go(func() error { return deadlines.Run(ctx) })
	working.Go(func() error { return l.serve(server) })
	if l.metrics != nil {
		working.Go(func() error { return served(metrics.Serve(l.metrics)) })
		log.Info("serving metrics", slog.String("address", l.metrics.Addr().String()))
	}
	if s.DatabaseURL == "" {
		greet(std, address, displayPath(s.adminKeyPath()))
	}
	log.Info("serving", slog.String("address", l.api.Addr().String()), slog.String("version", version))
	return working.Wait()
}

// newHandler makes the API on a house, at the address where it listens.
func (s *serveCommand) newHandler(h *house, deadlines *process.Deadlines, address string, log *slog.Logger) (*endpoint.Server, error) {
	keys, err := access.NewKeys(h.queries, time.Now)
	if err != nil {
		return nil, err
	}
	proxies, err := s.proxies()
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{Deadlines: deadlines, Vault: h.vault, Options: endpoint.Options{
		Store: h.store, Codec: h.codec, Engine: h.engine, Authenticator: keys, Pool: h.queries, Log: log, Traces: s.Traces, Registry: newRegistry(h, deadlines),
		RequestTimeout: s.Patience, Version: version, PublicURL: s.PublicURL, ListenURL: address, TrustedProxies: proxies,
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
