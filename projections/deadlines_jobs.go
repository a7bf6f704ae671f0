package projections

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// Job names a deadline that is due and that nobody has carried out yet. Most are gone within a moment.
type Job struct {
	Deadline
	Parked bool // an operator must allow it
}

// ListJobs lists at most limit jobs, the earliest first, from behind a deadline; the zero Deadline comes before all.
func ListJobs(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time, after Deadline, limit int) ([]Job, error) {
	return engine.List(ctx, tx, "list jobs", scanJob(now), `
		SELECT stream, subject, kind, due_at, state
		FROM deadlines
		WHERE ledger_id = $1 AND due_at <= $2 AND (due_at, stream, subject) > ($3, $4, $5)
		ORDER BY due_at, stream, subject
		LIMIT $6`, [16]byte(ledger), now, after.DueAt, string(after.Stream), after.Subject, limit)
}

func scanJob(now time.Time) pgx.RowToFunc[Job] {
	return func(row pgx.CollectableRow) (Job, error) {
		var j Job
		var stored []byte
		if err := row.Scan(&j.Stream, &j.Subject, &j.Kind, &j.DueAt, &stored); err != nil {
			return j, err
		}
		j.DueAt = j.DueAt.UTC()
		state, err := decodeTimed(j.Stream, stored)
		if billed, ok := state.(timedSubscription); ok {
			j.Parked = billed.TooFarBehind(now)
		}
		return j, err
	}
}
