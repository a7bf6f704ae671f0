package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// withDatabase gives a command the URL of the database: the one that is configured, the private one of a server that
// runs on the data directory, or the private one started for as long as the command takes.
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

// runningDatabase looks whether the database that a server wrote down answers.
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

// withConnection gives a command a connection as the configured database user.
func withConnection(ctx context.Context, c *Config, log *slog.Logger, f func(*pgx.Conn) error) error {
	return withDatabase(ctx, c, log, func(url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return fmt.Errorf("connect to the database: %w", err)
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return f(conn)
	})
}
