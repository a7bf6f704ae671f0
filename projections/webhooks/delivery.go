package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// Status tells how far a delivery is.
type Status string

const (
	StatusPending   Status = "pending"
	StatusRetrying  Status = "retrying"
	StatusDelivered Status = "delivered"
	StatusExhausted Status = "exhausted" // the last attempt failed
	StatusCanceled  Status = "canceled"  // the endpoint was disabled before
)

// Statuses lists all of them.
var Statuses = []Status{StatusPending, StatusRetrying, StatusDelivered, StatusExhausted, StatusCanceled}

// Delivery tells an endpoint of one event.
type Delivery struct {
	Endpoint  string
	Position  int64 // of the event
	Ordered   int64 // the position of the event that asked for it last
	Event     uuid.UUID
	Type      string
	Workspace string // "" for none
	Sequence  int64

	Tries  int // since it was asked for last
	NextAt *time.Time
	// Status and Attempts are of a delivery that was looked up.
	Status   Status
	Attempts []Attempt
}

// Attempt is one try to deliver.
type Attempt struct {
	At         time.Time `json:"at"` // by the ledger's clock
	Status     int       `json:"status,omitempty"`
	Error      string    `json:"error,omitempty"`
	DurationMS int64     `json:"duration_ms"`
}

// statusOf gives the status of deliveries d of endpoints e with outcomes o, which count where they came after the last order.
const statusOf = `
	CASE WHEN o.ordered >= d.ordered AND o.status <> 'retrying' THEN o.status
	     WHEN e.status <> 'enabled' OR d.ordered <= e.enabled_at THEN 'canceled'
	     WHEN o.ordered >= d.ordered THEN o.status
	     ELSE 'pending' END`

const deliveries = `
	FROM deliveries d
	JOIN endpoints e ON e.ledger_id = d.ledger_id AND e.id = d.endpoint
	LEFT JOIN tallystick.webhook_outcomes o ON o.ledger_id = d.ledger_id AND o.endpoint = d.endpoint AND o.position = d.position`

const selectDelivery = `
	SELECT d.endpoint, d.position, d.ordered, d.event_id, d.type, d.workspace, d.sequence, coalesce(o.tries, 0), CASE WHEN NOT d.parked THEN o.next_at END,
	       ` + statusOf + `, coalesce(o.attempts, '[]')` + deliveries

// FindDelivery finds what an endpoint is sent of the event at a position.
func FindDelivery(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, endpoint string, position int64) (Delivery, bool, error) {
	return engine.Find(ctx, tx, "find webhook delivery", scanDelivery, selectDelivery+`
		WHERE d.ledger_id = $1 AND d.endpoint = $2 AND d.position = $3`, [16]byte(ledger), endpoint, position)
}

// Filter chooses deliveries. The zero value chooses all.
type Filter struct {
	Status    string
	Workspace string
}

// ListDeliveries lists at most limit deliveries of an endpoint, the newest first, from before the one at the position before; 0
// is the end.
func ListDeliveries(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, endpoint string, filter Filter, before int64, limit int) ([]Delivery, error) {
	where, args := ``, []any{[16]byte(ledger), endpoint, before, limit}
	for _, equal := range []struct{ column, value string }{{"d.workspace", filter.Workspace}, {statusOf, filter.Status}} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	return engine.List(ctx, tx, "list webhook deliveries", scanDelivery, selectDelivery+`
		WHERE d.ledger_id = $1 AND d.endpoint = $2 AND d.position < coalesce(NULLIF($3::bigint, 0), 9223372036854775807)`+where+`
		ORDER BY d.position DESC
		LIMIT $4`, args...)
}

func scanDelivery(row pgx.CollectableRow) (d Delivery, err error) {
	var attempts []byte
	var event [16]byte
	err = row.Scan(&d.Endpoint, &d.Position, &d.Ordered, &event, &d.Type, &d.Workspace, &d.Sequence, &d.Tries, &d.NextAt, &d.Status, &attempts)
	if err != nil {
		return d, err
	}
	d.Event = event
	if d.Status != StatusRetrying {
		d.NextAt = nil
	} else if d.NextAt != nil {
		d.NextAt = new(d.NextAt.UTC())
	}
	return d, engine.Decode(attempts, &d.Attempts)
}
