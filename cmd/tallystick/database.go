package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"
)

// database is one that is migrated.
type database struct {
	url      string // logs the program in
	role     string // the program acts as it; "" where it logs in as it already
	operator string // logs in whoever makes ledgers and keys
	status   migrations.Status
}

// openGiven migrates the database of a configured URL, whose user does everything.
func openGiven(ctx context.Context, url string) (database, error) {
	status, err := migrations.Up(ctx, url)
	return database{url: url, role: status.Roles.App, operator: url, status: status}, err
}

// openPrivate migrates the private database as its superuser, who does nothing else. It lets the operator log in, whose URL
// is kept in a file of the data directory, and with a password the program too.
func openPrivate(ctx context.Context, c *Config, superuser string, migrate migration, password string) (d database, err error) {
	if d.status, err = migrate(ctx, superuser); err != nil {
		return d, wrongPassword(err, c)
	}
	roles := d.status.Roles
	operator := cmp.Or(keptPassword(c, roles.Operator), postgres.NewPassword())
	if err := migrations.SetLogins(ctx, superuser, roles, migrations.Logins{App: password, Operator: operator}); err != nil {
		return d, err
	}
	if d.url, err = loginURL(superuser, roles.App, password); err != nil {
		return d, err
	}
	if d.operator, err = loginURL(superuser, roles.Operator, operator); err != nil {
		return d, err
	}
	if err := writeSecret(c.databaseURLPath(), d.operator); err != nil {
		return d, fmt.Errorf("write the database's URL: %w", err)
	}
	return d, nil
}

// migration is migrations.Up or migrations.TakeOwnRoles.
type migration func(ctx context.Context, url string) (migrations.Status, error)

// keptPassword returns the password that the file has for a user, so that what others copied from it stays good.
func keptPassword(c *Config, user string) string {
	content, err := os.ReadFile(c.databaseURLPath())
	if err != nil {
		return ""
	}
	kept, err := url.Parse(strings.TrimSpace(string(content)))
	if err != nil || kept.User.Username() != user {
		return ""
	}
	password, _ := kept.User.Password()
	return password
}

// loginURL puts another user into a URL.
func loginURL(from, user, password string) (string, error) {
	u, err := url.Parse(from)
	if err != nil {
		return "", errors.New("the URL of the private database can't be read") // without its password
	}
	u.User = url.UserPassword(user, password)
	return u.String(), nil
}

// wrongPassword tells what to do about a cluster that was put in another's place.
func wrongPassword(err error, c *Config) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "28P01" {
		return fmt.Errorf("%w: remove %s, and the next start sets another password", err, filepath.Join(c.DataDir, "postgres.password"))
	}
	return err
}

// errNoDatabase refuses a command that needs a database and makes none.
var errNoDatabase = errors.New("there is no Tallystick data")

// withExisting works as [withDatabase] does, and refuses where there is no database yet.
func withExisting(ctx context.Context, c *Config, log *slog.Logger, f func(url string) error) error {
	if c.DatabaseURL == "" && !exists(c.databaseURLPath()) && !exists(filepath.Join(c.DataDir, "postgres")) {
		return fmt.Errorf("%w in %s: run tallystick serve there first, or give --data-dir or --database-url", errNoDatabase, c.DataDir)
	}
	return withDatabase(ctx, c, log, f)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// withDatabase runs a command on the URL of the database: the configured one, the private one of a server that runs on the
// data directory, or the private one started for as long as the command takes. On a private one the command is the operator.
func withDatabase(ctx context.Context, c *Config, log *slog.Logger, f func(url string) error) (err error) {
	if c.DatabaseURL != "" {
		return f(c.DatabaseURL)
	}
	if running, ok := runningDatabase(ctx, c); ok {
		return f(running)
	}
	return whileStarted(ctx, c, log, func(superuser string) error {
		private, err := openPrivate(ctx, c, superuser, migrations.Up, "")
		if err != nil {
			return err
		}
		return f(private.operator)
	})
}

// whileStarted starts the private Postgres for as long as f takes.
func whileStarted(ctx context.Context, c *Config, log *slog.Logger, f func(superuser string) error) (err error) {
	server, err := postgres.Start(ctx, postgres.Options{DataDir: c.DataDir, Log: log})
	if err != nil {
		return fmt.Errorf("start the private Postgres: %w", err)
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, server.Stop(stopping))
	}()
	return f(server.URL())
}

// runningDatabase reports whether the database that a server wrote down answers, and returns its URL.
func runningDatabase(ctx context.Context, c *Config) (url string, ok bool) {
	content, err := os.ReadFile(c.databaseURLPath())
	if err != nil {
		return "", false
	}
	url = strings.TrimSpace(string(content))
	ctx, cancel := context.WithTimeout(ctx, c.limit(5*time.Second))
	defer cancel()
	conn, err := dial.Connect(ctx, url)
	if err != nil {
		return "", false
	}
	return url, conn.Close(ctx) == nil
}

// withConnection runs a command on a connection of the configured database user.
func withConnection(ctx context.Context, c *Config, log *slog.Logger, f func(*pgx.Conn) error) error {
	return withExisting(ctx, c, log, func(url string) error {
		conn, err := dial.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		err = f(conn)
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && (pgErr.Code == "42P01" || pgErr.Code == "42703") {
			return fmt.Errorf("the database does not have the tables of this release: run tallystick migrate first (%w)", err)
		}
		return err
	})
}
