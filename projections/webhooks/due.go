package webhooks

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/projections/engine"
)

// Due names an endpoint that is to be sent something now: what was never tried, or what is to be tried again.
type Due struct {
	Ledger   uuid.UUID
	Endpoint string
	Again    bool
}

// isNew chooses deliveries d that are behind the cursor c of endpoint e, and that nobody stopped.
const isNew = `d.ledger_id = e.ledger_id AND d.endpoint = e.id AND d.ordered > e.enabled_at AND NOT d.parked
	AND (d.ordered, d.position) > (coalesce(c.ordered, 0), coalesce(c.position, 0))`

// isAgain chooses outcomes o of endpoint e of ledger l that are due by the ledger's clock, whose time in live ledgers is $1.
var isAgain = `o.ledger_id = e.ledger_id AND o.endpoint = e.id AND o.ordered > e.enabled_at AND o.next_at <= CASE l.mode
	WHEN 'live' THEN $1::timestamptz
	ELSE coalesce((
		SELECT s.effective_at
		FROM tallystick.events s
		WHERE s.ledger_id = l.ledger_id AND s.stream = '` + clockStream + `' AND s.version > 0
		ORDER BY s.version DESC
		LIMIT 1), l.clock) END`

// isFree finds the delivery d of an outcome o that nobody stopped, nor asked for once more since.
const isFree = `d.ledger_id = o.ledger_id AND d.endpoint = o.endpoint AND d.position = o.position AND d.ordered <= o.ordered AND NOT d.parked`

// ListDue lists the endpoints of all ledgers, or of one, that are to be sent something by now, the system's time.
func ListDue(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time) ([]Due, error) {
	return engine.List(ctx, tx, "list webhook endpoints that are due", scanDue, `
		SELECT e.ledger_id, e.id, k.again
		FROM endpoints e
		JOIN tallystick.ledgers l ON l.ledger_id = e.ledger_id
		LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
		CROSS JOIN (VALUES (false), (true)) AS k (again)
		WHERE e.status = 'enabled' AND ($2::uuid = '00000000-0000-0000-0000-000000000000' OR e.ledger_id = $2)
		  AND CASE WHEN k.again THEN EXISTS (SELECT FROM tallystick.webhook_outcomes o JOIN deliveries d ON `+isFree+` WHERE `+isAgain+`)
		           ELSE EXISTS (SELECT FROM deliveries d WHERE `+isNew+`) END`, now, [16]byte(ledger))
}

func scanDue(row pgx.CollectableRow) (d Due, err error) {
	var ledger [16]byte
	err = row.Scan(&ledger, &d.Endpoint, &d.Again)
	d.Ledger = ledger
	return d, err
}

// ListNew lists at most limit deliveries of an endpoint that were never tried, in the order in which they were asked for.
func ListNew(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, endpoint string, limit int) ([]Delivery, error) {
	return engine.List(ctx, tx, "list new webhook deliveries", scanTask, `
		SELECT d.endpoint, d.position, d.ordered, d.event_id, d.type, d.workspace, d.sequence, 0, NULL::timestamptz
		FROM endpoints e
		LEFT JOIN tallystick.webhook_cursors c ON c.ledger_id = e.ledger_id AND c.endpoint = e.id
		JOIN deliveries d ON `+isNew+`
		WHERE e.ledger_id = $1 AND e.id = $2 AND e.status = 'enabled'
		ORDER BY d.ordered, d.position
		LIMIT $3`, [16]byte(ledger), endpoint, limit)
}

// ListAgain lists at most limit deliveries of an endpoint that are to be tried again by now, the earliest first.
func ListAgain(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, endpoint string, now time.Time, limit int) ([]Delivery, error) {
	return engine.List(ctx, tx, "list webhook deliveries to be tried again", scanTask, `
		SELECT d.endpoint, d.position, o.ordered, d.event_id, d.type, d.workspace, d.sequence, o.tries, o.next_at
		FROM endpoints e
		JOIN tallystick.ledgers l ON l.ledger_id = e.ledger_id
		JOIN tallystick.webhook_outcomes o ON `+isAgain+`
		JOIN deliveries d ON `+isFree+`
		WHERE e.ledger_id = $2 AND e.id = $3 AND e.status = 'enabled'
		ORDER BY o.next_at, o.position
		LIMIT $4`, now, [16]byte(ledger), endpoint, limit)
}

func scanTask(row pgx.CollectableRow) (d Delivery, err error) {
	var event [16]byte
	err = row.Scan(&d.Endpoint, &d.Position, &d.Ordered, &event, &d.Type, &d.Workspace, &d.Sequence, &d.Tries, &d.NextAt)
	d.Event = event
	if d.NextAt != nil {
		d.NextAt = new(d.NextAt.UTC())
	}
	return d, err
}

// clockStream names the stream of a sandbox's clock.
var clockStream = string(clock.Stream())
