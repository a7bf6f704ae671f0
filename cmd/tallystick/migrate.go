package main

import (
	"context"
	"fmt"

	"github.com/tallystick/tallystick/migrations"
)

type migrateCommand struct{}

// Run migrates the database and prints the number of applied migrations.
func (migrateCommand) Run(ctx context.Context, c *Config, std streams) error {
	return withDatabase(ctx, c, c.logger(std), func(url string) error {
		status, err := migrations.Up(ctx, url)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%d migrations applied\n", status.Applied)
		if !status.Protected {
			fmt.Fprintln(std.out, unprotected)
		}
		return nil
	})
}

const unprotected = "The database user may not create roles: nothing but triggers stands between it and a direct INSERT of events."
