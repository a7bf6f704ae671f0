package house

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

// Database is one that is migrated.
type Database struct {
	url      string // logs the program in
	role     string // the program acts as it; "" where it logs in as it already
	Operator string // logs in whoever makes ledgers and keys
	Status   migrations.Status
	asItIs   bool // nothing may be changed
}

// OpenGiven migrates the database of a configured URL, whose user does everything.
func OpenGiven(ctx context.Context, url string) (Database, error) {
	status, err := migrations.Up(ctx, url)
	return Database{url: url, role: status.Roles.App, Operator: url, Status: status}, err
}

// OpenPrivate migrates the private database as its superuser, who does nothing else. It lets the operator log in, whose URL
// is kept in a file of the data directory, and with a password the program too.
func OpenPrivate(ctx context.Context, c *Config, superuser string, migrate Migration, password string) (d Database, err error) {
	if d.Status, err = migrate(ctx, superuser); err != nil {
		return d, wrongPassword(err, c)
	}
	roles := d.Status.Roles
	operator := cmp.Or(keptPassword(c, roles.Operator), postgres.NewPassword())
	if err := migrations.SetLogins(ctx, superuser, roles, migrations.Logins{App: password, Operator: operator}); err != nil {
		return d, err
	}
	if d.url, err = LoginURL(superuser, roles.App, password); err != nil {
		return d, err
	}
	if d.Operator, err = LoginURL(superuser, roles.Operator, operator); err != nil {
		return d, err
	}
	if err := WriteSecret(c.DatabaseURLPath(), d.Operator); err != nil {
		return d, fmt.Errorf("write the database's URL: %w", err)
	}
	return d, nil
}

// Migration is migrations.Up or migrations.TakeOwnRoles.
type Migration func(ctx context.Context, url string) (migrations.Status, error)

// keptPassword returns the password that the file has for a user, so that what others copied from it stays good.
func keptPassword(c *Config, user string) string {
	content, err := os.ReadFile(c.DatabaseURLPath())
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

// LoginURL puts another user into a URL.
func LoginURL(from, user, password string) (string, error) {
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

// ErrNoDatabase refuses a command that needs a database and makes none.
var ErrNoDatabase = errors.New("there is no Tallystick data")

// WithExisting works as [withDatabase] does, and refuses where there is no database yet.
func WithExisting(ctx context.Context, c *Config, log *slog.Logger, f func(url string) error) error {
	if c.DatabaseURL == "" && !Exists(c.DatabaseURLPath()) && !Exists(filepath.Join(c.DataDir, "postgres")) {
		return fmt.Errorf("%w in %s: run tallystick serve there first, or give --data-dir or --database-url", ErrNoDatabase, c.DataDir)
	}
	return withDatabase(ctx, c, log, f)
}

func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// withDatabase runs a command on the URL of the database: the configured one, the private one of a server that runs on the
// data directory, or the private one started for as long as the command takes. On a private one the command is the operator.
func withDatabase(ctx context.Context, c *Config, log *slog.Logger, f func(url string) error) (err error) {
	if c.DatabaseURL != "" {
		return f(c.DatabaseURL)
	}
	if running, ok := RunningDatabase(ctx, c); ok {
		return f(running)
	}
	return WhileStarted(ctx, c, log, func(superuser string) error {
		private, err := OpenPrivate(ctx, c, superuser, migrations.Up, "")
		if err != nil {
			return err
		}
		return f(private.Operator)
	})
}

// AsItIs finds the database as other commands do, and neither migrates it nor makes logins. A private one that no server runs
// is started for as long as f takes.
func AsItIs(ctx context.Context, c *Config, f func(url string) error) error {
	if c.DatabaseURL != "" {
		return f(c.DatabaseURL)
	}
	if !Exists(filepath.Join(c.DataDir, "postgres")) {
		return fmt.Errorf("%w in %s", ErrNoDatabase, c.DataDir)
	}
	superuser, err := postgres.SuperuserURL(c.DataDir)
	if err != nil {
		return err
	}
	if superuser == "" {
		return errors.New("an earlier release made it: start this one once")
	}
	if _, running := RunningDatabase(ctx, c); running {
		return f(superuser)
	}
	return WhileStarted(ctx, c, nil, f)
}

// WhileStarted starts the private Postgres for as long as f takes.
func WhileStarted(ctx context.Context, c *Config, log *slog.Logger, f func(superuser string) error) (err error) {
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

// RunningDatabase reports whether the database that a server wrote down answers, and returns its URL.
func RunningDatabase(ctx context.Context, c *Config) (url string, ok bool) {
	content, err := os.ReadFile(c.DatabaseURLPath())
	if err != nil {
		return "", false
	}
	url = strings.TrimSpace(string(content))
	ctx, cancel := context.WithTimeout(ctx, c.Limit(5*time.Second))
	defer cancel()
	conn, err := dial.Connect(ctx, url)
	if err != nil {
		return "", false
	}
	return url, conn.Close(ctx) == nil
}

// WithConnection runs a command on a connection of the configured database user.
func WithConnection(ctx context.Context, c *Config, log *slog.Logger, f func(*pgx.Conn) error) error {
	return WithExisting(ctx, c, log, func(url string) error {
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

// Warnings lists what the database does not protect.
func Warnings(status migrations.Status) (warnings []string) {
	switch {
	case status.Roles == migrations.Roles{}:
		warnings = append(warnings, "The database user may not create roles, so it owns the tables itself: it can INSERT events past the "+
			"function that appends them, and switch off the triggers that refuse UPDATE, DELETE and TRUNCATE. "+
			"Give it CREATEROLE, or run tallystick migrate as a user who has it.")
	case status.RolesForeign:
		warnings = append(warnings, fmt.Sprintf("The Postgres roles %s and %s do not carry this database's name. Another database of the cluster may "+
			"share them, and its user can then read the secrets of this one and switch its triggers off. "+
			"Stop the servers and run tallystick migrate --own-roles.", status.Roles.Owner, status.Roles.App))
	}
	if status.NoAuditor {
		warnings = append(warnings, "There is no role for auditors, since the database user may not create roles: nobody can be let in to "+
			"audit by SQL. Give the user CREATEROLE, or run tallystick migrate as a user who has it.")
	}
	return warnings
}
