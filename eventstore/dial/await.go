package dial

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// comingUpFor is the time that a database has to come up.
	comingUpFor = time.Minute
	retryAfter  = time.Second
)

// Await waits for a database that is coming up, and says so for each time that it is not there. What a server refuses for
// good, such as a wrong password, ends the waiting.
func Await(ctx context.Context, url string, log *slog.Logger) error {
	for begin := time.Now(); ; {
		conn, err := Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !mayComeUp(err) || time.Since(begin) > comingUpFor {
			return err
		}
		log.WarnContext(ctx, "waiting for the database", slog.Any("error", err))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryAfter):
		}
	}
}

// mayComeUp reports whether a failure ends by itself when a server starts.
func mayComeUp(err error) bool {
	var badURL *pgconn.ParseConfigError
	if errors.As(err, &badURL) {
		return false
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return true
	}
	switch refused.Code {
	case "57P01", "57P02", "57P03", // it stops, crashed, or starts
		"53300": // it is full
		return true
	}
	return false
}
