package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// Backlog counts what is due in all live ledgers.
type Backlog struct {
	Due    int       // deliveries that are to be tried now
	Oldest time.Time // since when the first of them is; zero for none
}

// backlogMax bounds what is counted of an endpoint, so that a look costs the same however much there is.
const backlogMax = 10_000

// CountBacklog counts at most backlogMax new deliveries of each endpoint, and as many that are to be tried again by now.
func CountBacklog(ctx context.Context, tx pgx.Tx, now time.Time) (Backlog, error) {
	rows, err := tx.Query(ctx, `
		SELECT coalesce(sum(k.n), 0), coalesce(min(k.oldest), 'epoch')
		FROM endpoints e
		JOIN tallystick.ledgers l ON l.ledger_id = e.ledger_id
		LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
		CROSS JOIN LATERAL (
			SELECT n.n, s.effective_at AS oldest
			FROM (
				SELECT count(*) AS n, min(f.ordered) AS first
				FROM (SELECT d.ordered FROM deliveries d WHERE `+isNew+` ORDER BY d.ordered, d.position LIMIT $2) AS f
			) AS n
			LEFT JOIN tallystick.events s ON s.ledger_id = e.ledger_id AND s.position = n.first
			UNION ALL
			SELECT count(*), min(a.next_at)
			FROM (
				SELECT o.next_at
				FROM tallystick.webhook_outcomes o
				JOIN deliveries d ON `+isFree+`
				WHERE `+isAgain+`
				ORDER BY o.next_at
				LIMIT $2
			) AS a
		) AS k
		WHERE e.status = 'enabled' AND l.mode = 'live'`, now, backlogMax)
	if err != nil {
		return Backlog{}, fmt.Errorf("count webhook deliveries: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (b Backlog, err error) {
		err = row.Scan(&b.Due, &b.Oldest)
		if b.Due == 0 {
			b.Oldest = time.Time{}
		}
		return b, err
	})
}

// Conditions of endpoints: enabled, enabled while the last attempts failed, and why they are disabled.
var Conditions = []string{"enabled", "troubled", "gone", "failing", "manual"}

// condition counts the endpoints of one condition.
type condition struct {
	name  string
	count int
}

// CountConditions counts the endpoints of live ledgers by their condition. Those that were deleted count for nothing.
func CountConditions(ctx context.Context, tx pgx.Tx) (map[string]int, error) {
	found, err := engine.List(ctx, tx, "count webhook endpoints", func(row pgx.CollectableRow) (c condition, err error) {
		return c, row.Scan(&c.name, &c.count)
	}, `
		SELECT CASE WHEN e.status <> 'enabled' THEN e.state->>'reason' WHEN c.failing_since IS NOT NULL THEN 'troubled' ELSE 'enabled' END, count(*)
		FROM endpoints e
		JOIN tallystick.ledgers l ON l.ledger_id = e.ledger_id
		LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
		WHERE e.status <> 'deleted' AND l.mode = 'live'
		GROUP BY 1`)
	counts := map[string]int{}
	for _, c := range found {
		counts[c.name] = c.count
	}
	return counts, err
}
