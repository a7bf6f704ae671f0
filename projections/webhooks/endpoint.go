package webhooks

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/projections/engine"
)

// Endpoint holds an endpoint in its present state.
type Endpoint struct {
	webhook.State
	Made      int64 // the position of its first event; endpoints are listed in this order
	Version   int64
	EnabledAt int64 // the position at which it was enabled again, 0 for never

	// LastSuccessAt and FailingSince are none of the events'; nil for never and for not.
	LastSuccessAt *time.Time
	FailingSince  *time.Time
}

const selectEndpoint = `
	SELECT e.made, e.version, e.enabled_at, e.state, c.last_success_at, c.failing_since
	FROM endpoints e
	LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
	WHERE e.ledger_id = $1 AND e.status <> 'deleted'`

// FindEndpoint finds an endpoint by its id.
func FindEndpoint(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (Endpoint, bool, error) {
	return engine.Find(ctx, tx, "find webhook endpoint "+id, scanFaring, selectEndpoint+` AND e.id = $2`, [16]byte(ledger), id)
}

// ListEndpoints lists at most limit endpoints in the order in which they were made, from behind the one made at after.
func ListEndpoints(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after int64, limit int) ([]Endpoint, error) {
	return engine.List(ctx, tx, "list webhook endpoints", scanFaring, selectEndpoint+` AND e.made > $2
		ORDER BY e.made
		LIMIT $3`, [16]byte(ledger), after, limit)
}

func scanFaring(row pgx.CollectableRow) (e Endpoint, err error) {
	var state []byte
	if err := row.Scan(&e.Made, &e.Version, &e.EnabledAt, &state, &e.LastSuccessAt, &e.FailingSince); err != nil {
		return e, err
	}
	if e.LastSuccessAt != nil {
		e.LastSuccessAt = new(e.LastSuccessAt.UTC())
	}
	return e, engine.Decode(state, &e.State)
}

// CountReplay counts what a replay sends.
func CountReplay(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, endpoint string, r webhook.Replayed) (int64, error) {
	count, _, err := engine.Find(ctx, tx, "count deliveries", pgx.RowTo[int64], `
		SELECT count(*)
		FROM deliveries
		WHERE ledger_id = $1 AND endpoint = $2 AND position BETWEEN $3 AND $4 AND type = ANY ($5)`,
		[16]byte(ledger), endpoint, r.From, r.To, chosen(r.Types))
	return count, err
}
