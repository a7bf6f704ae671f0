package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

const (
	// A private Postgres that exits by itself is started again, unless it does so again and again.
	restartsMax    = 5
	restartsWithin = time.Minute
	// restartPause lets an operator's pg_ctl stop, which looks ten times a second, see that Postgres was gone.
	restartPause = 500 * time.Millisecond
	// stopTimeout limits Postgres's last checkpoint.
	stopTimeout = time.Minute
)

// errDatabaseLost ends the server when its private Postgres can't be kept up.
var errDatabaseLost = errors.New("the private Postgres keeps exiting")

// WithPrivate runs f on the private Postgres and stops Postgres when f returns. When Postgres exits by itself, it starts it
// again on the same socket; f only sees that connections end.
func WithPrivate(ctx context.Context, c *Config, log *slog.Logger, f func(ctx context.Context, superuser string) error) (err error) {
	options := postgres.Options{DataDir: c.DataDir, Log: log}
	server, err := postgres.Start(ctx, options)
	if err != nil {
		return fmt.Errorf("start the private Postgres: %w", err)
	}
	keeping, giveUp := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	kept := make(chan *postgres.Server, 1)
	go func() { kept <- keep(keeping, server, options, stop, giveUp) }()
	defer func() {
		close(stop)
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if last := <-kept; last != nil {
			err = errors.Join(err, last.Stop(stopping))
		}
		if lost := context.Cause(keeping); errors.Is(lost, errDatabaseLost) {
			err = errors.Join(lost, err)
		}
		giveUp(nil)
	}()
	return f(keeping, server.URL())
}

// keep restarts the server whenever it exits, until stop is closed, and returns the one that runs then.
func keep(ctx context.Context, server *postgres.Server, o postgres.Options, stop <-chan struct{}, giveUp context.CancelCauseFunc) *postgres.Server {
	var restarts []time.Time
	for {
		select {
		case <-stop:
			return server
		case <-server.Done():
		}
		restarts = append(restarts, time.Now())
		if n := len(restarts); n > restartsMax && time.Since(restarts[n-1-restartsMax]) < restartsWithin {
			giveUp(fmt.Errorf("%w: %w", errDatabaseLost, server.Err()))
			return server
		}
		o.Log.Warn("the private Postgres exited and is started again", slog.Any("error", server.Err()))
		if err := release(server); err != nil {
			giveUp(fmt.Errorf("%w: %w", errDatabaseLost, err))
			return nil
		}
		select {
		case <-time.After(restartPause):
		case <-stop:
			return nil
		}
		restarted, err := postgres.Start(context.WithoutCancel(ctx), o)
		if err != nil {
			giveUp(fmt.Errorf("%w: %w", errDatabaseLost, err))
			return nil
		}
		server = restarted
	}
}

// release gives up the data directory of a server that has exited, also when the program is about to end.
func release(server *postgres.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return server.Stop(ctx)
}
