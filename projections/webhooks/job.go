package webhooks

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// Job is a delivery to an enabled endpoint that is not done.
type Job struct {
	Endpoint  string
	Position  int64 // of the event that it tells of
	Workspace string
	DueAt     time.Time  // when it was asked for last, by the ledger's clock
	Attempts  int        // in vain
	Last      Attempt    // zero for none
	NextAt    *time.Time // when it is tried again; nil where it was not tried yet, or is not
	Parked    bool       // it waits for a person, who stopped it or whom the last attempt left it to
}

// JobPlace is a place in the list of jobs. The zero value comes before all.
type JobPlace struct {
	DueAt    time.Time
	Endpoint string
	Position int64
}

// JobFilter chooses jobs. The zero value chooses all.
type JobFilter struct {
	Endpoint  string
	Position  int64
	Workspace string
}

// undone chooses the deliveries d of endpoint e that are new or stopped, and those with outcomes o that are not the end.
const undone = `
	SELECT d.*, NULL::text AS outcome, 0 AS tries, NULL::timestamptz AS next_at, NULL::jsonb AS last
	FROM deliveries d
	WHERE ` + isNew + `
	UNION ALL
	SELECT d.*, o.status, coalesce(o.tries, 0), o.next_at, o.attempts->-1
	FROM deliveries d
	LEFT JOIN tallystick.webhook_outcomes o
		ON o.ledger_id = d.ledger_id AND o.endpoint = d.endpoint AND o.position = d.position AND o.ordered >= d.ordered
	WHERE d.ledger_id = e.ledger_id AND d.endpoint = e.id AND d.ordered > e.enabled_at AND d.parked AND coalesce(o.status, '') <> 'delivered'
	UNION ALL
	SELECT d.*, o.status, o.tries, o.next_at, o.attempts->-1
	FROM tallystick.webhook_outcomes o
	JOIN deliveries d ON ` + isFree + `
	WHERE o.ledger_id = e.ledger_id AND o.endpoint = e.id AND o.status <> 'delivered' AND d.ordered > e.enabled_at`

// ListJobs lists at most limit jobs, the earliest first, from behind a place.
func ListJobs(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter JobFilter, after JobPlace, limit int) ([]Job, error) {
	return engine.List(ctx, tx, "list webhook deliveries that are not done", scanJob, `
		SELECT u.endpoint, u.position, u.workspace, s.effective_at, u.tries, u.last, u.next_at, u.parked OR coalesce(u.outcome = 'exhausted', false)
		FROM endpoints e
		LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
		CROSS JOIN LATERAL (`+undone+`) AS u
		JOIN tallystick.events s ON s.ledger_id = u.ledger_id AND s.position = u.ordered
		WHERE e.ledger_id = $1 AND e.status = 'enabled' AND (s.effective_at, u.endpoint, u.position) > ($2, $3, $4)
		  AND $5 IN ('', u.endpoint) AND $6::bigint IN (0, u.position) AND $7 IN ('', u.workspace)
		ORDER BY s.effective_at, u.endpoint, u.position
		LIMIT $8`,
		[16]byte(ledger), after.DueAt, after.Endpoint, after.Position, filter.Endpoint, filter.Position, filter.Workspace, limit)
}

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	var last []byte
	if err := row.Scan(&j.Endpoint, &j.Position, &j.Workspace, &j.DueAt, &j.Attempts, &last, &j.NextAt, &j.Parked); err != nil {
		return j, err
	}
	j.DueAt = j.DueAt.UTC()
	if j.Parked {
		j.NextAt = nil
	} else if j.NextAt != nil {
		j.NextAt = new(j.NextAt.UTC())
	}
	if last == nil {
		return j, nil
	}
	return j, engine.Decode(last, &j.Last)
}
