package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
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

type serveCommand struct{}

// Run starts database, tables, first ledger and key, read models and API in this order, and stops them in reverse.
func (serveCommand) Run(ctx context.Context, c *Config, std streams) error {
	log := c.logger(std)
	// The address comes first: one in use must not cost a start of the database.
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	defer listener.Close()
	if c.DatabaseURL != "" {
		return serveGiven(ctx, c, listener, std, log)
	}
	return withPrivate(ctx, c, log, func(ctx context.Context, superuser string) error {
		private, err := openPrivate(ctx, c, superuser, migrations.Up, postgres.NewPassword())
		if err != nil {
			return err
		}
		return serve(ctx, c, private, listener, std, log)
	})
}

// serveGiven serves on a configured database, which it waits for. The lock keeps a second server out of the data directory,
// since there is no private Postgres to do so.
func serveGiven(ctx context.Context, c *Config, listener net.Listener, std streams, log *slog.Logger) (err error) {
	existed := exists(c.DataDir)
	unlock, err := postgres.Lock(c.DataDir)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, unlock())
		if err != nil && !existed {
			// It holds the lock alone. With more in it, it stays.
			_ = os.Remove(filepath.Join(c.DataDir, "lock"))
			_ = os.Remove(c.DataDir)
		}
	}()
	if err := dial.Await(ctx, c.DatabaseURL, log); err != nil {
		return err
	}
	given, err := openGiven(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	return serve(ctx, c, given, listener, std, log)
}

// serve furnishes the database and answers requests until ctx ends.
func serve(ctx context.Context, c *Config, d database, listener net.Listener, std streams, log *slog.Logger) error {
	h, err := furnish(ctx, c, d, log)
	if err != nil {
		return err
	}
	defer h.close()
	for _, warning := range warnings(d.status) {
		log.Warn(warning)
	}
	if c.DatabaseURL == "" {
		err = bootstrap(ctx, c, d.operator)
	} else {
		err = hintAtLedgers(ctx, h, log)
	}
	if err != nil {
		return err
	}
	deadlines := process.NewDeadlines(h.store, h.engine, h.queries, time.Now, log)
	keys, err := access.NewKeys(h.queries, time.Now)
	if err != nil {
		return err
	}
	door, err := api.New(api.Options{Deadlines: deadlines, Options: endpoint.Options{
		Store: h.store, Codec: h.codec, Engine: h.engine, Authenticator: keys, Pool: h.queries, Log: log,
		RequestTimeout: c.Patience, Version: version,
	}})
	if err != nil {
		return err
	}
	server := endpoint.HTTPServer(listener.Addr().String(), door)
	server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout =
		c.limit(server.ReadHeaderTimeout), c.limit(server.ReadTimeout), c.limit(server.WriteTimeout)

	// The read models outlive the requests, which may wait for them.
	projecting, stopProjecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopProjecting()
	var working errgroup.Group
	working.Go(func() error {
		defer stopProjecting()
		return drain(ctx, server, c.limit(drainTimeout), log)
	})
	working.Go(func() error { return h.engine.Run(projecting) })
	working.Go(func() error { return deadlines.Run(ctx) })
	working.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	if c.DatabaseURL == "" {
		greet(std, listener.Addr().String(), displayPath(c.adminKeyPath()))
	}
	log.Info("serving", slog.String("address", listener.Addr().String()), slog.String("version", version))
	return working.Wait()
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
