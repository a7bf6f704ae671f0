package eventstore

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// isDataError reports whether the database refused a value: classes 22 (data), 23 (constraint) and 54 (limit). The
// command that brought it can't succeed, and its neighbours must not fail with it.
func isDataError(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || len(pgErr.Code) != 5 {
		return false
	}
	switch pgErr.Code[:2] {
	case "22", "23", "54":
		return true
	}
	return false
}

// isUsedKey reports whether a key that was not looked up turned out to be used.
func isUsedKey(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "23505" && pgErr.ConstraintName == "idempotency_pkey"
}

// isLockTimeout reports whether a lock was held elsewhere for too long.
func isLockTimeout(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "55P03"
}

// nothingDone reports whether a failed statement certainly left nothing behind: it did not reach the database, or the database
// refused it. A connection that the database ends may have committed before.
func nothingDone(err error) bool {
	var pgErr *pgconn.PgError
	return neverSent(err) || errors.As(err, &pgErr) && pgErr.SeverityUnlocalized == "ERROR"
}

// isTransient reports whether the same bytes may succeed later: connections lost or refused, shutdowns, deadlocks, lock
// time-outs and missing resources.
func isTransient(err error) bool {
	// Whatever the reason, a database that lets nobody in is away.
	var connectErr *pgconn.ConnectError
	if errors.As(err, &connectErr) {
		return true
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && len(pgErr.Code) == 5 {
		switch pgErr.Code[:2] {
		case "08", "40", "53", "57":
			return true
		}
		switch pgErr.Code {
		case "55P03", // lock_not_available
			"25006": // read_only_sql_transaction: a standby that is not promoted yet
			return true
		}
		return false
	}
	var netErr net.Error
	return errors.As(err, &netErr) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// neverSent reports whether a failed attempt certainly did not reach the database.
func neverSent(err error) bool {
	var connectErr *pgconn.ConnectError
	return pgconn.SafeToRetry(err) || errors.As(err, &connectErr)
}

// IsUnavailable reports whether an error means that the database is away, rather than that something is wrong.
func IsUnavailable(err error) bool {
	return errors.Is(err, ErrUnavailable) || isTransient(err)
}
