package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// Job names something that is not done: it is due, was tried in vain, or waits for a person. Most are gone within a moment.
type Job struct {
	Deadline             // since when it is not done
	Workspace string     // empty where it is of none
	Parked    bool       // it waits for a person
	Reason    string     // that a person gave
	Attempts  int        // in vain
	Code      string     // of why
	NextAt    *time.Time // when it is tried again; nil where it is not
	Runs      *time.Time // when its deadline is; nil where it has none
}

// JobFilter chooses jobs. The zero value chooses all.
type JobFilter struct {
	Kind      string
	Workspace string
	Stream    string
	Subject   string
}

// ListJobs lists at most limit jobs, the earliest first, from behind a deadline; the zero Deadline comes before all.
func ListJobs(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time, filter JobFilter, after Deadline, limit int) ([]Job, error) {
	return engine.List(ctx, tx, "list jobs", scanJob(now), `
		SELECT d.stream, d.subject, d.kind, d.not_done, d.due_at, d.state, coalesce(d.workspace, ''), coalesce(d.attempts, 0),
		       coalesce(d.error, ''), coalesce(d.stuck, false), coalesce(p.reason, '')
		FROM (
			SELECT *, coalesce(since, due_at) AS not_done
			FROM deadlines
			WHERE ledger_id = $1 AND (due_at <= $2 OR since IS NOT NULL)
		) AS d
		LEFT JOIN parked p
			ON p.ledger_id = $1 AND p.stream = d.stream AND p.subject = d.subject AND p.kind = d.kind AND p.due_at = d.due_at
		WHERE (d.not_done, d.stream, d.subject) > ($3, $4, $5) AND $6 IN ('', d.kind) AND $7 IN ('', d.workspace)
		  AND $8 IN ('', d.stream) AND ($9 = '' OR $9 = d.subject)
		ORDER BY d.not_done, d.stream, d.subject
		LIMIT $10`, [16]byte(ledger), now, after.DueAt, string(after.Stream), after.Subject, filter.Kind, filter.Workspace, filter.Stream,
		filter.Subject, limit)
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
		if err := row.Scan(&j.Stream, &j.Subject, &j.Kind, &j.DueAt, &j.NextAt, &stored, &j.Workspace, &j.Attempts, &j.Code, &j.Parked, &j.Reason); err != nil {
			return j, err
		}
		j.DueAt = j.DueAt.UTC()
		state, err := decodeTimed(j.Stream, stored) // an empty one of what has none
		if billed, ok := state.(timedSubscription); ok && billed.TooFarBehind(now) {
			j.Parked = true
		}
		j.Parked = j.Parked || j.Reason != ""
		if j.NextAt != nil {
			j.NextAt = new(j.NextAt.UTC())
		}
		j.Runs = j.NextAt
		if j.Parked || j.NextAt != nil && j.Attempts == 0 {
			j.NextAt = nil
		}
		return j, err
	}
}
