package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Schema names the Postgres schema of all tables but those of the read models.
const Schema = "tallystick"

// AppRole names the role that the program acts as. It may read everything, and append events only through the function.
const AppRole = "tallystick_app"

//go:embed 0*.sql
var numbered embed.FS

//go:embed privileges.sql
var privileges string

//go:embed readmodels/*.sql
var readModels embed.FS

// Status tells what Up has found and done.
type Status struct {
	Applied int // numbered migrations applied by this call
	// Protected is false where the database user may not create roles: the program then acts as that user, and only the
	// triggers prevent a direct INSERT.
	Protected bool
}

// Up brings the database at url to the present tables and asserts its privileges. Any number of processes may call it at
// once: they take turns. The database must be UTF-8 and Postgres 15 or later.
func Up(ctx context.Context, url string) (Status, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return Status{}, fmt.Errorf("database url: %w", err)
	}
	config.RuntimeParams["search_path"] = Schema
	db := stdlib.OpenDB(*config)
	defer db.Close()
	turn, err := takeTurn(ctx, db)
	if err != nil {
		return Status{}, err
	}
	defer turn.Close()

	applied, err := applyNumbered(ctx, db)
	if err != nil {
		return Status{}, err
	}
	if _, err := turn.ExecContext(ctx, privileges); err != nil {
		return Status{}, fmt.Errorf("assert privileges: %w", err)
	}
	status := Status{Applied: applied}
	err = turn.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT FROM pg_class c
			WHERE c.oid = 'tallystick.events'::regclass AND pg_get_userbyid(c.relowner) = 'tallystick_owner'
		)`).Scan(&status.Protected)
	if err != nil {
		return Status{}, fmt.Errorf("look at privileges: %w", err)
	}
	return status, nil
}

// takeTurn checks that the database fits and holds a session lock on the connection it gives back.
func takeTurn(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err := checkServer(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(2, 0)`); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for other migrations: %w", err), conn.Close())
	}
	if _, err := conn.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS tallystick`); err != nil {
		return nil, errors.Join(fmt.Errorf("create schema: %w", err), conn.Close())
	}
	return conn, nil
}

func checkServer(ctx context.Context, conn *sql.Conn) error {
	var encoding string
	var version int
	err := conn.QueryRowContext(ctx, `
		SELECT current_setting('server_encoding'), current_setting('server_version_num')::int`).Scan(&encoding, &version)
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; Tallystick stores bytes that must be UTF8", encoding)
	}
	if version < 150000 {
		return fmt.Errorf("the database is Postgres %d; Tallystick needs 15 or later", version/10000)
	}
	return nil
}

func applyNumbered(ctx context.Context, db *sql.DB) (int, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, numbered)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
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
