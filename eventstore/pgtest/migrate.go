package pgtest

import (
	"context"
	"fmt"

	"github.com/tallystick/tallystick/migrations"
)

// AppRole is the role that the program acts as in every [Database]. It carries the name of the template that all are
// copied from.
const AppRole = "tallystick_app_" + template

// migrate brings an empty database to the present tables and privileges.
func migrate(ctx context.Context, url string) error {
	status, err := migrations.Up(ctx, url)
	if err == nil && status.Roles.App != AppRole {
		err = fmt.Errorf("the program's role is %q, want %q", status.Roles.App, AppRole)
	}
	return err
}

// grantOnDatabase allows the program's role to make the schemas of read models.
const grantOnDatabase = `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ` + AppRole + `', current_database()); END $$`
