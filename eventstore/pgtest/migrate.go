package pgtest

import (
	"context"

	"github.com/tallystick/tallystick/migrations"
)

// migrate makes of an empty database what the program would find.
func migrate(ctx context.Context, url string) error {
	_, err := migrations.Up(ctx, url)
	return err
}

// grantOnDatabase is what the program's role may do with the whole database: make the schemas of read models.
const grantOnDatabase = `
	DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ' || quote_ident('` + migrations.AppRole + `'), current_database()); END $$`
