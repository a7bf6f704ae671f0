package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	// template has all migrations and no rows.
	template = "tallystick_template"
	// furnished is a copy of it with what the tests of a package all need.
	furnished = "tallystick_furnished"
	// nameMax is Postgres's limit for a name, less the final zero.
	nameMax = 63
)

// databases counts the databases. The number in a name keeps tests with the same name apart.
var databases atomic.Int64

// Database creates a migrated database for this test alone and returns its URL, for a superuser. When the test ends it is
// dropped, together with the connections that the test has left open.
func Database(t testing.TB) string {
	t.Helper()
	return granted(t, create(t, template))
}

// Furnished creates a database as [Database] does, and with what furnish makes there. It is furnished once for all tests of a
// binary, and must close its connections.
func Furnished(t testing.TB, furnish func(ctx context.Context, url string) error) string {
	t.Helper()
	s := Server(t)
	server.furnish.Do(func() {
		// The first test's own context would end too early for the others.
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		server.furnishErr = makeFurnished(ctx, s.URL(), furnish)
	})
	if server.furnishErr != nil {
		t.Fatalf("pgtest: %v", server.furnishErr)
	}
	return granted(t, create(t, furnished))
}

// granted gives the program's role its rights on a database.
func granted(t testing.TB, target string) string {
	t.Helper()
	// A copy of a template has the rights in the database but not those on the database.
	if err := execute(t.Context(), target, grantOnDatabase); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return target
}

// Empty creates a database as [Database] does, without any migration.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "template0")
}

func create(t testing.TB, from string) string {
	t.Helper()
	admin := Server(t).URL()
	name := databaseName(t.Name(), databases.Add(1))
	target, err := databaseURL(admin, name)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	if err := createDatabase(t.Context(), admin, name, from); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := dropDatabase(context.Background(), admin, name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return target
}

// makeTemplate runs the migrations into the database that the others are copied from.
func makeTemplate(ctx context.Context, admin string) error {
	target, err := databaseURL(admin, template)
	if err != nil {
		return err
	}
	if err := createDatabase(ctx, admin, template, "template0"); err != nil {
		return err
	}
	if err := migrate(ctx, target); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	return seal(ctx, admin, template)
}

func makeFurnished(ctx context.Context, admin string, furnish func(ctx context.Context, url string) error) error {
	target, err := databaseURL(admin, furnished)
	if err != nil {
		return err
	}
	if err := createDatabase(ctx, admin, furnished, template); err != nil {
		return err
	}
	if err := execute(ctx, target, grantOnDatabase); err != nil {
		return err
	}
	if err := furnish(ctx, target); err != nil {
		return fmt.Errorf("furnish the template: %w", err)
	}
	return seal(ctx, admin, furnished)
}

// seal lets nobody connect to a database, since it can be copied only then.
func seal(ctx context.Context, admin, name string) error {
	return execute(ctx, admin, "ALTER DATABASE "+quote(name)+" WITH ALLOW_CONNECTIONS false")
}

func createDatabase(ctx context.Context, admin, name, from string) error {
	if err := execute(ctx, admin, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(from)); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

func dropDatabase(ctx context.Context, admin, name string) error {
	if err := execute(ctx, admin, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

func execute(ctx context.Context, url, query string) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, query)
	return errors.Join(err, conn.Close(ctx))
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// databaseName makes a database's name of the test's, which pg_stat_activity shows.
func databaseName(test string, n int64) string {
	readable := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, test)
	name := "t" + strconv.FormatInt(n, 10) + "_" + readable
	return name[:min(len(name), nameMax)]
}

// databaseURL returns the URL of another database of the same server.
func databaseURL(admin, name string) (string, error) {
	u, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("read the server's URL: %w", err)
	}
	u.Path = "/" + name
	// On a busy machine a connection may take longer to open than the program allows for.
	query := u.Query()
	query.Set("connect_timeout", strconv.Itoa(int(Patience.Seconds())))
	u.RawQuery = query.Encode()
	return u.String(), nil
}
