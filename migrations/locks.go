package migrations

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// lockWait bounds how long a migration waits for a table. Everybody else waits behind it, and who has the table may wait
	// for another one that the migration has: a server of the release before keeps one connection idle while it works on
	// another, which Postgres can't see through.
	lockWait = "300ms"
	// lockAgain lets those go on who waited.
	lockAgain = 200 * time.Millisecond
)

// givingWay tries something again, as long as a table that it needs is in use.
func givingWay(ctx context.Context, f func() error) error {
	for {
		err := f()
		busy, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || busy.Code != "55P03" {
			return err
		}
		select {
		case <-time.After(lockAgain):
		case <-ctx.Done():
			return err
		}
	}
}
