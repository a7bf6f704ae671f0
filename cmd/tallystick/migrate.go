package main

import (
	"context"
	"fmt"

	"github.com/tallystick/tallystick/migrations"
)

type migrateCommand struct {
	OwnRoles bool `help:"Hand a database whose Postgres roles carry another name, or none, to roles of its own. No server may run on it."`
}

// Run migrates the database and prints the number of applied migrations.
func (m migrateCommand) Run(ctx context.Context, c *Config, std streams) error {
	migrate := migrations.Up
	if m.OwnRoles {
		migrate = migrations.TakeOwnRoles
	}
	return withDatabase(ctx, c, c.logger(std), func(url string) error {
		status, err := migrate(ctx, url)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%d migrations applied\n", status.Applied)
		for _, warning := range warnings(status) {
			fmt.Fprintln(std.out, warning)
		}
		return nil
	})
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
