package eventstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore/dial"
)

// PoolOptions are the settings of a pool of connections.
type PoolOptions struct {
	Name        string // shown in pg_stat_activity
	Connections int32
	// Role is what the connections act as; "" leaves them as the user who connects.
	Role string
	// Settings are Postgres parameters of each connection.
	Settings map[string]string
}

// Connect opens a pool. A transaction that its client forgot ends by itself, so nobody holds a ledger's lock for long.
func Connect(ctx context.Context, url string, o PoolOptions) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	dial.Prepare(config.ConnConfig)
	config.MaxConns = o.Connections
	params := config.ConnConfig.RuntimeParams
	params["application_name"] = "tallystick " + o.Name
	params["timezone"] = "UTC"
	params["lock_timeout"] = "5s"
	params["idle_in_transaction_session_timeout"] = "10s"
	// Every query goes by an index. Plans are cached by connection, and one that was made while a table was empty would go
	// on reading it whole when it is not.
	params["enable_seqscan"] = "off"
	// No query of ours is so long that compiling it pays.
	params["jit"] = "off"
	for name, value := range o.Settings {
		params[name] = value
	}
	if o.Role != "" {
		config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "SET ROLE "+pgx.Identifier{o.Role}.Sanitize())
			return err
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return pool, nil
}
