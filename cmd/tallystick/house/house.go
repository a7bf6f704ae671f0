package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/standby"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

// Appending has few connections because a ledger's appends are serial anyway.
const (
	appendConnections = 4
	queryConnections  = 12 // beside what projecting takes
	// Processes that share the work need fewer.
	apiConnections, processConnections, sealerConnections = 10, 8, 3
	// The sandbox gateway's answers wait for its commits, and a ledger's appends must not.
	gatewayConnections = 4
)

// House holds store, feed and engine of one database, with their connections.
type House struct {
	Appends *pgxpool.Pool
	Queries *pgxpool.Pool
	Feed    *pgxpool.Pool
	Gateway *pgxpool.Pool
	Standby *standby.Standby // nil for none
	Sandbox *sandbox.Gateway
	Codec   *eventstore.Codec
	Store   *eventstore.Store
	Engine  *engine.Engine
	Vault   *vault.Vault // of a server alone, like those below
	// Accounts keeps what belongs to the ledgers' accounts at Gateways.
	Accounts *accounts.Accounts
	Gateways gateway.Set
	// Watch is told of each append beside the read models. It is set before the first command.
	Watch func(ledger uuid.UUID, tail int64)
}

// appended passes the news of an append on.
func (h *House) appended(ledger uuid.UUID, tail int64) {
	h.Engine.Appended(ledger, tail)
	if h.Watch != nil {
		h.Watch(ledger, tail)
	}
}

// left passes on that another process has events in a ledger, whose consequences it leaves to others.
func (h *House) left(ledger uuid.UUID) {
	if h.Watch != nil {
		h.Watch(ledger, 0)
	}
}

// Furnish makes a [House] on a database. Nothing runs yet.
func Furnish(ctx context.Context, c *Config, d Database, log *slog.Logger) (*House, error) {
	return FurnishWith(ctx, c, d, log, projections.All())
}

// FurnishWith makes a [House] with these read models.
func FurnishWith(ctx context.Context, c *Config, d Database, log *slog.Logger, models []engine.Projection) (h *House, err error) {
	h = &House{}
	if h.Codec, err = eventstore.NewCodec(command.StreamTypes()...); err != nil {
		return nil, err
	}
	if err := h.connect(ctx, c, d, log); err != nil {
		h.Close()
		return nil, err
	}
	h.Sandbox = sandbox.New(h.Gateway, time.Now, time.After)
	h.Engine = engine.New(engine.Options{
		Pool:        h.Queries,
		Feed:        h.Feed,
		Standby:     h.Standby,
		Leaves:      c.Roles.leaves(),
		Heard:       h.left,
		Codec:       h.Codec,
		Projections: models,
		Auditor:     d.Status.Roles.Auditor,
		ReadWait:    c.Patience,
		Log:         log,
		Traces:      c.Traces,
	})
	h.Store, err = eventstore.New(h.Appends, h.Codec, eventstore.Options{
		Timeout: c.Patience, Log: log, Reads: h.Queries, Traces: c.Traces,
		Appended: h.appended, Stored: h.Engine.Stored, Diverged: h.Engine.Diverged,
	})
	if err != nil {
		h.Close()
		return nil, err
	}
	if d.asItIs {
		return h, nil
	}
	if err := h.Engine.Prepare(ctx); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// FurnishGiven migrates the database of a URL and furnishes it for a command, which has other things to print than a log.
func FurnishGiven(ctx context.Context, c *Config, url string) (*House, error) {
	d, err := OpenGiven(ctx, url)
	if err != nil {
		return nil, err
	}
	return Furnish(ctx, c, d, slog.New(slog.DiscardHandler))
}

// With runs a command on a [House] in which nothing runs. The servers on the database hear of what it wrote.
func With(ctx context.Context, c *Config, std Streams, f func(*House) error) error {
	log := c.Logger(std)
	return WithExisting(ctx, c, log, func(url string) error {
		h, err := FurnishGiven(ctx, c, url)
		if err != nil {
			return err
		}
		defer h.Close()
		var mu sync.Mutex
		written := map[uuid.UUID]bool{}
		h.Watch = func(ledger uuid.UUID, _ int64) {
			mu.Lock()
			defer mu.Unlock()
			written[ledger] = true
		}
		err = f(h)
		mu.Lock()
		defer mu.Unlock()
		if len(written) > 0 {
			err = errors.Join(err, h.Engine.Leave(ctx, slices.Collect(maps.Keys(written))...))
		}
		return err
	})
}

// Look runs a command on a [House] of a database that stays as it is: it is not migrated, no read model is prepared, and its
// connections can change nothing.
func Look(ctx context.Context, c *Config, f func(*House) error) error {
	err := AsItIs(ctx, c, func(url string) error {
		found, err := migrations.Inspect(ctx, url)
		if err != nil {
			return err
		}
		if !found.Exists || len(found.Pending) > 0 {
			return errors.New("the database does not have the tables of this release: run tallystick migrate first")
		}
		d := Database{url: url, role: found.Status.Roles.App, Status: found.Status, asItIs: true}
		h, err := Furnish(ctx, c, d, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer h.Close()
		return f(h)
	})
	if errors.Is(err, ErrNoDatabase) {
		return fmt.Errorf("%w: run tallystick serve there first, or give --data-dir or --database-url", err)
	}
	return err
}

// ConnectionsNeeded counts the connections of one server with some roles.
func ConnectionsNeeded(roles Roles) int32 {
	appends, gateway, queries, feed := roles.connections()
	return appends + gateway + queries + feed
}

func (h *House) connect(ctx context.Context, c *Config, d Database, log *slog.Logger) (err error) {
	appends, gateway, queries, feed := c.Roles.connections()
	for _, p := range []struct {
		pool        **pgxpool.Pool
		name        string
		connections int32
		settings    map[string]string
	}{
		{&h.Appends, "append", appends, nil},
		{&h.Gateway, "gateway", gateway, nil},
		// A crash loses a read model and its checkpoint together, and they are built again. No append is among these commits.
		{&h.Queries, "query", queries, map[string]string{"synchronous_commit": "off"}},
		// A subscriber's transaction is idle while a page is applied, however long that takes.
		{&h.Feed, "feed", feed, map[string]string{"idle_in_transaction_session_timeout": "0"}},
	} {
		if d.asItIs {
			p.settings = map[string]string{"default_transaction_read_only": "on"}
		}
		*p.pool, err = eventstore.Connect(ctx, d.url, eventstore.PoolOptions{
			Name: p.name, Connections: max(p.connections, 1), Role: d.role, Settings: p.settings,
		})
		if err != nil {
			return err
		}
	}
	if c.QueryDatabaseURL != "" && c.Roles.Has(RoleAPI) {
		if err := h.connectStandby(ctx, c, d, log); err != nil {
			return err
		}
	}
	return h.checkConnections(ctx, c.Roles)
}

// connectStandby opens no connection yet: a standby may be away at the start.
func (h *House) connectStandby(ctx context.Context, c *Config, d Database, log *slog.Logger) error {
	pool, err := eventstore.Connect(ctx, c.QueryDatabaseURL, eventstore.PoolOptions{
		Name: "standby", Connections: queryConnections, Role: d.role, Settings: map[string]string{"default_transaction_read_only": "on"},
	})
	if err != nil {
		return fmt.Errorf("--query-database-url: %w", err)
	}
	h.Standby = standby.New(standby.Options{Primary: h.Queries, Standby: pool, MaxLag: c.QueryMaxLag, Log: log})
	return nil
}

// checkConnections refuses at the start, instead of under load, a database that admits too few connections beside those
// that others hold.
func (h *House) checkConnections(ctx context.Context, roles Roles) error {
	allowed, reserved, held, err := CountConnections(ctx, h.Queries)
	if err != nil {
		return err
	}
	for _, pool := range []*pgxpool.Pool{h.Appends, h.Gateway, h.Queries, h.Feed} {
		held -= pool.Stat().TotalConns()
	}
	return EnoughConnections(ConnectionsNeeded(roles), allowed, reserved, max(held, 0))
}

// CountConnections tells how many connections the database's cluster admits, keeps for superusers, and has.
func CountConnections(ctx context.Context, db eventstore.Querier) (allowed, reserved, held int32, err error) {
	err = db.QueryRow(ctx, `
		SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
		       (SELECT sum(numbackends) FROM pg_stat_database)::int`).Scan(&allowed, &reserved, &held)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("count the database's connections: %w", err)
	}
	return allowed, reserved, held, nil
}

// EnoughConnections tells what is missing where max_connections, less those reserved and those that others hold, does not
// leave what is needed.
func EnoughConnections(needed, allowed, reserved, held int32) error {
	missing := needed - (allowed - reserved - held)
	if missing <= 0 {
		return nil
	}
	return fmt.Errorf("the database admits too few connections: this process needs %d; max_connections is %d, of which %d "+
		"are reserved and others hold %d; raise it to %d or more, or let others hold %d fewer",
		needed, allowed, reserved, held, allowed+missing, missing)
}

// CloseTimeout limits the wait for connections to come back. A database that does not answer keeps them for ever.
const CloseTimeout = 5 * time.Second

// Close closes the connections that furnish opened. The engine must have stopped running.
func (h *House) Close() {
	if h.Store != nil {
		h.Store.Close()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{h.Appends, h.Gateway, h.Queries, h.Feed} {
			if pool != nil {
				pool.Close()
			}
		}
		if h.Standby != nil {
			h.Standby.Close()
		}
	}()
	select {
	case <-closed:
	case <-time.After(CloseTimeout):
	}
}
