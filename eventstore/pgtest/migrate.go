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
