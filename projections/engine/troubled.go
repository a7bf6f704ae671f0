package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Troubled reports on the ledgers in which a version lacks events, has failed, or was built from another history. It walks
// over all ledgers, so that it takes seconds and not minutes where there are very many.
func (e *Engine) Troubled(ctx context.Context) (reports []Report, err error) {
	var troubled [][16]byte
	for after := uuid.Nil; ; {
		var seen int
		var found [][16]byte
		var last *[16]byte
		err := e.pool.QueryRow(ctx, troubledQuery, [16]byte(after), sweepMax).Scan(&seen, &last, &found)
		if err != nil {
			return nil, fmt.Errorf("look for ledgers in trouble: %w", err)
		}
		if troubled = append(troubled, found...); seen < sweepMax {
			break
		}
		after = *last
	}
	for part := range slices.Chunk(troubled, lagLedgersMax) {
		some, err := e.reportOn(ctx, part)
		if err != nil {
			return nil, err
		}
		reports = append(reports, some...)
	}
	return reports, nil
}

// troubledQuery looks at the $2 ledgers behind $1, in the way of sweepQuery, and names those in which a version does not end
// at the newest event.
const troubledQuery = `
	SELECT count(*), (array_agg(l.ledger_id ORDER BY l.ledger_id DESC))[1],
	       coalesce(array_agg(l.ledger_id) FILTER (WHERE l.troubled), '{}')
	FROM (
		SELECT l.ledger_id, EXISTS (
			SELECT FROM tallystick.projection_versions v
			LEFT JOIN LATERAL (
				SELECT c.to_position, c.leaf_hash
				FROM tallystick.projection_checkpoints c
				WHERE c.ledger_id = l.ledger_id AND c.projection = v.projection AND c.version = v.version
				ORDER BY c.from_position DESC
				LIMIT 1
			) AS c ON true
			WHERE v.status <> 'dropped'
			  AND (coalesce(c.to_position, 0) <> coalesce(l.tail, 0) OR c.leaf_hash IS DISTINCT FROM l.leaf_hash)) AS troubled
		FROM (
			SELECT l.ledger_id, t.position AS tail, t.leaf_hash
			FROM (
				SELECT ledger_id
				FROM tallystick.ledgers
				WHERE ledger_id > $1
				ORDER BY ledger_id
				LIMIT $2
			) AS l
			LEFT JOIN LATERAL (
				SELECT e.position, e.leaf_hash
				FROM tallystick.events e
				WHERE e.ledger_id = l.ledger_id
				ORDER BY e.position DESC
				LIMIT 1
			) AS t ON true
		) AS l
		OFFSET 0
	) AS l`
