package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type migrateCommand struct {
	house.Config
	OwnRoles bool `help:"Hand a database whose Postgres roles carry another name, or none, to roles of its own. No server may run on it."`
}

// Run migrates the database and prints the number of applied migrations.
func (m migrateCommand) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	migrate := migrations.Up
	if m.OwnRoles {
		migrate = migrations.TakeOwnRoles
	}
	status, err := migrateAny(ctx, c, c.Logger(std), migrate)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%d migrations applied\n", status.Applied)
	for _, warning := range house.Warnings(status) {
		fmt.Fprintln(std.Out, warning)
	}
	return nil
}

// migrateAny migrates the database that is configured, or the private one as its superuser.
func migrateAny(ctx context.Context, c *house.Config, log *slog.Logger, migrate house.Migration) (status migrations.Status, err error) {
	if c.DatabaseURL != "" {
		return migrate(ctx, c.DatabaseURL)
	}
	running, ok := house.RunningDatabase(ctx, c)
	if !ok {
		err := house.WhileStarted(ctx, c, log, func(superuser string) error {
			private, err := house.OpenPrivate(ctx, c, superuser, migrate, "")
			status = private.Status
			return err
		})
		return status, err
	}
	superuser, err := postgres.SuperuserURL(c.DataDir)
	if err != nil {
		return status, err
	}
	if superuser == "" {
		// An earlier release runs there, which logs in as the superuser.
		return migrate(ctx, running)
	}
	private, err := house.OpenPrivate(ctx, c, superuser, migrate, "")
	return private.Status, err
}
