package pgtest

import (
	"context"

	"github.com/tallystick/tallystick/migrations"
)

// migrate brings an empty database to the present tables and privileges.
func migrate(ctx context.Context, url string) error {
	_, err := migrations.Up(ctx, url)
	return err
}

// grantOnDatabase allows the program's role to make the schemas of read models.
const grantOnDatabase = `
	DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ' || quote_ident('` + migrations.AppRole + `'), current_database()); END $$`
