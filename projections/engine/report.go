package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Report shows where one version of a projection stands on one ledger.
type Report struct {
	Ledger     uuid.UUID
	Projection string
	Version    int
	Position   int64
	Tail       int64
	// Status is the version's own as this program sees it, or retrying or stopped when a page of this ledger failed.
	Status Status
	Error  string // "" where nothing failed
	// LagSeconds gives the age of the oldest event that waits; 0 when none does.
	LagSeconds float64
}

// Lag counts the events that wait to be applied.
func (r Report) Lag() int64 { return max(r.Tail-r.Position, 0) }

// selectReports reports on the ledgers $1, or on all, to a program with the models $3 of the revisions $4.
const selectReports = `
	SELECT l.ledger_id, v.projection, v.version, c.position, t.tail,
	       CASE WHEN c.position > t.tail OR NOT c.same THEN 'stopped'
	            WHEN f.error IS NOT NULL THEN f.status
	            ELSE v.status END,
	       CASE WHEN c.position > t.tail THEN $2 || ': it ends at position ' || t.tail
	            WHEN NOT c.same THEN $2 || ': the event at position ' || c.position || ' is another one'
	            WHEN f.error IS NOT NULL THEN f.error
	            ELSE '' END,
	       coalesce(greatest(extract(epoch FROM clock_timestamp() - (
	           SELECT e.recorded_at
	           FROM tallystick.events e
	           WHERE e.ledger_id = l.ledger_id AND e.position = c.position + 1)), 0), 0)::float8
	FROM (
		SELECT v.projection, v.version,
		       CASE WHEN NOT o.own THEN v.status
		            WHEN NOT ` + versionReady + ` THEN 'filling'
		            WHEN v.version = max(v.version) FILTER (WHERE ` + versionReady + `) OVER (PARTITION BY v.projection, v.revision) THEN 'active'
		            ELSE 'retired' END AS status
		FROM tallystick.projection_versions v
		CROSS JOIN LATERAL (
			SELECT EXISTS (
				SELECT FROM unnest($3::text[], $4::int[]) AS p (name, revision)
				WHERE p.name = v.projection AND p.revision = v.revision) AS own
		) AS o
		WHERE v.status <> 'dropped'
	) AS v
	CROSS JOIN tallystick.ledgers l
	CROSS JOIN LATERAL (
		SELECT coalesce(max(c.to_position), 0) AS position,
		       coalesce(bool_and(c.leaf_hash = (
		           SELECT e.leaf_hash
		           FROM tallystick.events e
		           WHERE e.ledger_id = l.ledger_id AND e.position = c.to_position)), true) AS same
		FROM (
			SELECT *
			FROM tallystick.projection_checkpoints c
			WHERE c.ledger_id = l.ledger_id AND c.projection = v.projection AND c.version = v.version
			ORDER BY c.from_position DESC
			LIMIT 1
		) AS c
	) AS c
	CROSS JOIN LATERAL (
		SELECT coalesce((
			SELECT e.position
			FROM tallystick.events e
			WHERE e.ledger_id = l.ledger_id
			ORDER BY e.position DESC
			LIMIT 1), 0) AS tail
	) AS t
	LEFT JOIN tallystick.projection_failures f
		ON f.ledger_id = l.ledger_id AND f.projection = v.projection AND f.version = v.version
		AND f.from_position = c.position + 1
	WHERE $1::uuid[] IS NULL OR l.ledger_id = ANY ($1)
	ORDER BY v.projection, v.version, l.created_at`

// Report lists every version that is not dropped, for one ledger or, with uuid.Nil, for all.
func (e *Engine) Report(ctx context.Context, ledger uuid.UUID) ([]Report, error) {
	if ledger == uuid.Nil {
		return e.reportOn(ctx, nil)
	}
	return e.reportOn(ctx, [][16]byte{ledger})
}

// reportOn reports on some ledgers, or on all with nil.
func (e *Engine) reportOn(ctx context.Context, ledgers [][16]byte) ([]Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	names, revisions := make([]string, len(e.projections)), make([]int32, len(e.projections))
	for i, p := range e.projections {
		names[i], revisions[i] = p.Name, int32(p.Revision)
	}
	rows, err := e.pool.Query(ctx, selectReports, ledgers, ErrDiverged.Error(), names, revisions)
	if err != nil {
		return nil, fmt.Errorf("report on projections: %w", err)
	}
	reports, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Report, err error) {
		err = row.Scan(&r.Ledger, &r.Projection, &r.Version, &r.Position, &r.Tail, &r.Status, &r.Error, &r.LagSeconds)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("report on projections: %w", err)
	}
	return reports, nil
}
