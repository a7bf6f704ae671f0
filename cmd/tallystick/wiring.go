package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

// Appending has few connections because a ledger's appends are serial anyway.
const (
	appendConnections = 4
	queryConnections  = 12 // beside what projecting takes
)

// house holds store, feed and engine of one database, with their connections.
type house struct {
	appends *pgxpool.Pool
	queries *pgxpool.Pool
	feed    *pgxpool.Pool
	codec   *eventstore.Codec
	store   *eventstore.Store
	engine  *engine.Engine
	vault   *vault.Vault // of a server alone
	// watch is told of each append beside the read models. It is set before the first command.
	watch func(ledger uuid.UUID, tail int64)
}

// appended passes the news of an append on.
func (h *house) appended(ledger uuid.UUID, tail int64) {
	h.engine.Appended(ledger, tail)
	if h.watch != nil {
		h.watch(ledger, tail)
	}
}

// furnish makes a [house] on a database. Nothing runs yet.
func furnish(ctx context.Context, c *Config, d database, log *slog.Logger) (*house, error) {
	return furnishWith(ctx, c, d, log, projections.All())
}

// furnishWith makes a [house] with these read models.
func furnishWith(ctx context.Context, c *Config, d database, log *slog.Logger, models []engine.Projection) (h *house, err error) {
	h = &house{}
	if h.codec, err = eventstore.NewCodec(command.StreamTypes()...); err != nil {
		return nil, err
	}
	if err := h.connect(ctx, d); err != nil {
		h.close()
		return nil, err
	}
	h.engine = engine.New(engine.Options{
		Pool:        h.queries,
		Feed:        h.feed,
		Codec:       h.codec,
		Projections: models,
		Auditor:     d.status.Roles.Auditor,
		ReadWait:    c.Patience,
		Log:         log,
		Traces:      c.Traces,
	})
	h.store, err = eventstore.New(h.appends, h.codec, eventstore.Options{
		Timeout: c.Patience, Log: log, Reads: h.queries, Traces: c.Traces,
		Appended: h.appended, Stored: h.engine.Stored, Diverged: h.engine.Diverged,
	})
	if err != nil {
		h.close()
		return nil, err
	}
	if err := h.engine.Prepare(ctx); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// furnishGiven migrates the database of a URL and furnishes it for a command, which has other things to print than a log.
func furnishGiven(ctx context.Context, c *Config, url string) (*house, error) {
	d, err := openGiven(ctx, url)
	if err != nil {
		return nil, err
	}
	return furnish(ctx, c, d, slog.New(slog.DiscardHandler))
}

// poolSizes gives the connections of the pools beside that of appends.
func poolSizes() (queries, feed int32) {
	applying, feeding := engine.Connections()
	return int32(queryConnections + applying), int32(feeding)
}

// connectionsNeeded counts the connections of one server.
func connectionsNeeded() int32 {
	queries, feed := poolSizes()
	return appendConnections + queries + feed
}

func (h *house) connect(ctx context.Context, d database) (err error) {
	queries, feed := poolSizes()
	for _, p := range []struct {
		pool        **pgxpool.Pool
		name        string
		connections int32
		settings    map[string]string
	}{
		{&h.appends, "append", appendConnections, nil},
		// A crash loses a read model and its checkpoint together, and they are built again. No append is among these commits.
		{&h.queries, "query", queries, map[string]string{"synchronous_commit": "off"}},
		// A subscriber's transaction is idle while a page is applied, however long that takes.
		{&h.feed, "feed", feed, map[string]string{"idle_in_transaction_session_timeout": "0"}},
	} {
		*p.pool, err = eventstore.Connect(ctx, d.url, eventstore.PoolOptions{
			Name: p.name, Connections: p.connections, Role: d.role, Settings: p.settings,
		})
		if err != nil {
			return err
		}
	}
	return h.checkConnections(ctx)
}

// checkConnections refuses at the start, instead of under load, a database that admits too few connections beside those
// that others hold.
func (h *house) checkConnections(ctx context.Context) error {
	allowed, reserved, held, err := countConnections(ctx, h.queries)
	if err != nil {
		return err
	}
	for _, pool := range []*pgxpool.Pool{h.appends, h.queries, h.feed} {
		held -= pool.Stat().TotalConns()
	}
	return enoughConnections(connectionsNeeded(), allowed, reserved, max(held, 0))
}

// countConnections tells how many connections the database's cluster admits, keeps for superusers, and has.
func countConnections(ctx context.Context, db eventstore.Querier) (allowed, reserved, held int32, err error) {
	err = db.QueryRow(ctx, `
		SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
		       (SELECT sum(numbackends) FROM pg_stat_database)::int`).Scan(&allowed, &reserved, &held)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("count the database's connections: %w", err)
	}
	return allowed, reserved, held, nil
}

// enoughConnections tells what is missing where max_connections, less those reserved and those that others hold, does not
// leave what is needed.
func enoughConnections(needed, allowed, reserved, held int32) error {
	missing := needed - (allowed - reserved - held)
	if missing <= 0 {
		return nil
	}
	return fmt.Errorf("the database admits too few connections: this process needs %d; max_connections is %d, of which %d "+
		"are reserved and others hold %d; raise it to %d or more, or let others hold %d fewer",
		needed, allowed, reserved, held, allowed+missing, missing)
}

// closeTimeout limits the wait for connections to come back. A database that does not answer keeps them for ever.
const closeTimeout = 5 * time.Second

// close closes the connections that furnish opened. The engine must have stopped running.
func (h *house) close() {
	if h.store != nil {
		h.store.Close()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{h.appends, h.queries, h.feed} {
			if pool != nil {
				pool.Close()
			}
		}
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
}
