package migrations

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/tallystick/tallystick/eventstore/dial"
)

//go:embed logins.sql
var logins string

// Logins are the passwords of the roles that may log in to the private Postgres.
type Logins struct {
	App      string // "" leaves it as it is
	Operator string
}

// SetLogins lets the program and the operator log in to the database at url. It needs its superuser.
func SetLogins(ctx context.Context, url string, r Roles, l Logins) error {
	conn, err := dial.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, `
		SELECT set_config('tallystick.app_role', $1, false), set_config('tallystick.operator_role', $2, false),
		       set_config('tallystick.app_password', $3, false), set_config('tallystick.operator_password', $4, false)`,
		r.App, r.Operator, l.App, l.Operator)
	if err == nil {
		_, err = conn.Exec(ctx, logins)
	}
	if err != nil {
		return fmt.Errorf("set up the logins: %w", err)
	}
	return nil
}
