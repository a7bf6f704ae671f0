package projections

import (
	"context"
	"fmt"
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

// Backlog counts what is due in all live ledgers.
type Backlog struct {
	Due    int       // that nobody has carried out yet
	Late   int       // for longer than usual
	Oldest time.Time // when the first of them was due; zero for none
}

// backlogMax bounds what is counted, so that a look costs the same however much there is.
const backlogMax = 10_000

// CountBacklog counts at most backlogMax deadlines of live ledgers that are due by now. Those are late that were due before an
// instant.
func CountBacklog(ctx context.Context, tx pgx.Tx, now, late time.Time) (Backlog, error) {
	rows, err := tx.Query(ctx, `
		SELECT count(*), count(*) FILTER (WHERE d.due_at < $2), coalesce(min(d.due_at), 'epoch')
		FROM (
			SELECT due_at
			FROM deadlines
			WHERE live AND due_at <= $1
			ORDER BY due_at
			LIMIT $3
		) AS d`, now, late, backlogMax)
	if err != nil {
		return Backlog{}, fmt.Errorf("count deadlines: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (b Backlog, err error) {
		err = row.Scan(&b.Due, &b.Late, &b.Oldest)
		if b.Due == 0 {
			b.Oldest = time.Time{}
		}
		return b, err
	})
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
