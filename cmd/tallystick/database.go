package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

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
// data directory, or the private one started for as long as the command takes.
func withDatabase(ctx context.Context, c *Config, log *slog.Logger, f func(url string) error) (err error) {
	if c.DatabaseURL != "" {
		return f(c.DatabaseURL)
	}
	if running, ok := runningDatabase(ctx, c); ok {
		return f(running)
	}
	server, err := postgres.Start(ctx, postgres.Options{DataDir: c.DataDir, Log: log})
	if err != nil {
		return fmt.Errorf("start the private Postgres: %w", err)
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
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
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", false
	}
	return url, conn.Close(ctx) == nil
}

// withConnection runs a command on a connection of the configured database user.
func withConnection(ctx context.Context, c *Config, log *slog.Logger, f func(*pgx.Conn) error) error {
	return withExisting(ctx, c, log, func(url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return fmt.Errorf("connect to the database: %w", err)
		}
		defer conn.Close(context.WithoutCancel(ctx))
		err = f(conn)
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Code == "42P01" {
			return fmt.Errorf("the database has no tables of Tallystick: run tallystick migrate first (%w)", err)
		}
		return err
	})
}
