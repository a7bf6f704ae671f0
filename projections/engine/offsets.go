package engine

import (
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

// offsets tells Watermill where a version stands. Our own checkpoint is the only one: the adapter reads it, and
// acknowledging a message does nothing.
type offsets struct {
	version version
	wake    *waker
}

var _ watermillsql.OffsetsAdapter = offsets{}

// lateralPosition finds where the version $1, $2 stands on ledger l.
const lateralPosition = `
	LEFT JOIN LATERAL (
		SELECT c.to_position, c.applied_at
		FROM tallystick.projection_checkpoints c
		WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
		ORDER BY c.from_position DESC
		LIMIT 1
	) AS c ON true`

// noFailure holds when no failure stands in the way behind position c. A failure at an earlier position belongs to
// somebody who came second, and means nothing.
const noFailure = `
	NOT EXISTS (
		SELECT FROM tallystick.projection_failures f
		WHERE f.ledger_id = l.ledger_id AND f.projection = $1 AND f.version = $2
		  AND f.from_position = coalesce(c.to_position, 0) + 1
		  AND (f.status = 'stopped' OR f.retry_at > clock_timestamp()))`

// NextOffsetQuery gives (ledger_id, position, served_at) of the ledgers that no failure holds up, of those that the waker
// chose for this look. It is one of the few statements over many ledgers.
func (o offsets) NextOffsetQuery(string, string) watermillsql.Query {
	return watermillsql.Query{
		Query: `
			SELECT l.ledger_id, coalesce(c.to_position, 0), c.applied_at
			FROM tallystick.ledgers l` + lateralPosition + `
			WHERE l.ledger_id = ANY ($3) AND ` + noFailure,
		Args: []any{o.version.projection, o.version.number, o.wake.ask()},
	}
}

// AckMessageQuery changes nothing: the page's own transaction has moved the checkpoint or recorded the failure.
func (offsets) AckMessageQuery(string, watermillsql.Row, string) watermillsql.Query {
	return watermillsql.Query{Query: `SELECT 1`}
}

// ConsumedMessageQuery gives none: nobody needs to know who has a message.
func (offsets) ConsumedMessageQuery(string, watermillsql.Row, string, []byte) watermillsql.Query {
	return watermillsql.Query{}
}

// SchemaInitializingQueries gives none: tables exist only in migrations.
func (offsets) SchemaInitializingQueries(string) []watermillsql.Query { return nil }

// BeforeSubscribingQueries gives none: a version without a checkpoint stands at 0.
func (offsets) BeforeSubscribingQueries(string, string) []watermillsql.Query { return nil }
