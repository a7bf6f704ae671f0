package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/tallystick/tallystick/eventstore/dial"
)

// Schema names the Postgres schema of all tables but those of the read models.
const Schema = "tallystick"

//go:embed 0*.sql
var numbered embed.FS

//go:embed readmodels/*.sql
var readModels embed.FS

// Status tells what Up has found and done.
type Status struct {
	Applied int // numbered migrations applied by this call
	// Roles are the database's. They are empty where the database user may not create roles: the program then acts as that
	// user, which owns the tables, and nothing keeps it from an INSERT of its own.
	Roles Roles
	// RolesForeign is set where the roles carry another database's name, or none: other databases may share them.
	RolesForeign bool
	// NoAuditor is set where nobody could make the role of auditors.
	NoAuditor bool
}

// Up brings the database at url to the present tables and asserts its privileges. Any number of processes may call it at
// once: they take turns. The database must be UTF-8 and Postgres 15 or later. A database user who may do nothing but act
// as the program finds out whether all of that is done.
func Up(ctx context.Context, url string) (Status, error) { return up(ctx, url, keepRoles) }

// TakeOwnRoles does what Up does, and hands a database whose roles carry another name, or none, to roles of its own. It
// refuses while a server runs on the database: that one would find itself without its rights.
func TakeOwnRoles(ctx context.Context, url string) (Status, error) { return up(ctx, url, takeOwnRoles) }

// choose decides on the roles when the tables are there.
type choose func(context.Context, *sql.Conn, standing) (chosen, error)

func up(ctx context.Context, url string, choose choose) (Status, error) {
	config, err := dial.Config(url)
	if err != nil {
		return Status{}, err
	}
	config.RuntimeParams["search_path"] = Schema
	config.RuntimeParams["lock_timeout"] = lockWait
	db := stdlib.OpenDB(*config)
	defer db.Close()
	turn, err := db.Conn(ctx)
	if err != nil {
		return Status{}, dial.Explain(ctx, config, err)
	}
	defer turn.Close()
	if err := takeTurn(ctx, turn); err != nil {
		return Status{}, err
	}

	applied := 0
	err = givingWay(ctx, func() error {
		more, err := applyNumbered(ctx, db)
		applied += more
		return err
	})
	if err != nil {
		return Status{}, err
	}
	user, err := lookAtStanding(ctx, turn)
	if err != nil {
		return Status{}, err
	}
	chosen, err := choose(ctx, turn, user)
	if err != nil {
		return Status{}, err
	}
	if err := givingWay(ctx, func() error { return chosen.settle(ctx, turn) }); err != nil {
		return Status{}, err
	}
	status := chosen.status(user)
	status.Applied = applied
	status.NoAuditor, err = lacksAuditor(ctx, turn, status.Roles)
	return status, err
}

// takeTurn checks that the database fits, and takes a session lock on the connection.
func takeTurn(ctx context.Context, conn *sql.Conn) error {
	server, err := lookAtServer(ctx, conn)
	if err == nil {
		err = cmp.Or(server.CheckEncoding(), server.CheckVersion())
	}
	if err != nil {
		return err
	}
	for _, sql := range []string{`SET lock_timeout = 0`, `SELECT pg_advisory_lock(2, 0)`, `RESET lock_timeout`} {
		if _, err := conn.ExecContext(ctx, sql); err != nil {
			return fmt.Errorf("wait for other migrations: %w", err)
		}
	}
	if err := createSchema(ctx, conn); err != nil {
		return fmt.Errorf("create schema: %w", err)
	}
	return nil
}

// createSchema looks first, because IF NOT EXISTS asks for the right to create one that exists.
func createSchema(ctx context.Context, conn *sql.Conn) error {
	var exists bool
	if err := conn.QueryRowContext(ctx, `SELECT to_regnamespace('tallystick') IS NOT NULL`).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := conn.ExecContext(ctx, `CREATE SCHEMA tallystick`)
	return err
}

// Server describes the Postgres of a database.
type Server struct {
	Encoding string
	Version  int // as server_version_num
}

func lookAtServer(ctx context.Context, conn *sql.Conn) (s Server, err error) {
	err = conn.QueryRowContext(ctx, `
		SELECT current_setting('server_encoding'), current_setting('server_version_num')::int`).Scan(&s.Encoding, &s.Version)
	if err != nil {
		return s, fmt.Errorf("look at the database: %w", err)
	}
	return s, nil
}

// CheckEncoding refuses a database whose texts are not stored as UTF-8.
func (s Server) CheckEncoding() error {
	if s.Encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; Tallystick stores bytes that must be UTF8", s.Encoding)
	}
	return nil
}

// CheckVersion refuses an old Postgres.
func (s Server) CheckVersion() error {
	if s.Version < 150000 {
		return fmt.Errorf("the database is Postgres %d; Tallystick needs 15 or later", s.Version/10000)
	}
	return nil
}

func applyNumbered(ctx context.Context, db *sql.DB) (int, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, numbered)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42501" {
		return 0, fmt.Errorf("the database user may not change the tables: run tallystick migrate as one who may (%w)", err)
	}
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
	}
	if err != nil {
		return len(results), fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}

// ReadModel returns the SQL that creates the tables of one read model in the first schema of the search path. It panics
// when no file has that name.
func ReadModel(name string) string {
	text, err := fs.ReadFile(readModels, "readmodels/"+name+".sql")
	if err != nil {
		panic(fmt.Sprintf("tables of read model %s: %v", name, err))
	}
	return string(text)
}
