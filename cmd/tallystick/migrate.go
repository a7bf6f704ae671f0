package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"
)

type migrateCommand struct {
	Config
	OwnRoles bool `help:"Hand a database whose Postgres roles carry another name, or none, to roles of its own. No server may run on it."`
}

// Run migrates the database and prints the number of applied migrations.
func (m migrateCommand) Run(ctx context.Context, c *Config, std streams) error {
	migrate := migrations.Up
	if m.OwnRoles {
		migrate = migrations.TakeOwnRoles
	}
	status, err := migrateAny(ctx, c, c.logger(std), migrate)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%d migrations applied\n", status.Applied)
	for _, warning := range warnings(status) {
		fmt.Fprintln(std.out, warning)
	}
	return nil
}

// migrateAny migrates the database that is configured, or the private one as its superuser.
func migrateAny(ctx context.Context, c *Config, log *slog.Logger, migrate migration) (status migrations.Status, err error) {
	if c.DatabaseURL != "" {
		return migrate(ctx, c.DatabaseURL)
	}
	running, ok := runningDatabase(ctx, c)
	if !ok {
		err := whileStarted(ctx, c, log, func(superuser string) error {
			private, err := openPrivate(ctx, c, superuser, migrate, "")
			status = private.status
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
	private, err := openPrivate(ctx, c, superuser, migrate, "")
	return private.status, err
}

// warnings lists what the database does not protect.
func warnings(status migrations.Status) []string {
	switch {
	case status.Roles == migrations.Roles{}:
		return []string{"The database user may not create roles, so it owns the tables itself: it can INSERT events past the " +
			"function that appends them, and switch off the triggers that refuse UPDATE, DELETE and TRUNCATE. " +
			"Give it CREATEROLE, or run tallystick migrate as a user who has it."}
	case status.RolesForeign:
		return []string{fmt.Sprintf("The Postgres roles %s and %s do not carry this database's name. Another database of the cluster may "+
			"share them, and its user can then read the secrets of this one and switch its triggers off. "+
			"Stop the servers and run tallystick migrate --own-roles.", status.Roles.Owner, status.Roles.App)}
	}
	return nil
}
