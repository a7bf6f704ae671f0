package projections

import (
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

// offsets tells Watermill where a version stands. There is one checkpoint, and it is ours: this adapter only reads it,
// and acknowledging a message does nothing.
type offsets struct{ version version }

var _ watermillsql.OffsetsAdapter = offsets{}

// NextOffsetQuery gives (ledger_id, position, served_at) of every ledger that is neither stopped nor waiting to retry.
func (o offsets) NextOffsetQuery(string, string) watermillsql.Query {
	return watermillsql.Query{
		Query: `
			SELECT l.ledger_id, coalesce(c.to_position, 0), c.applied_at
			FROM tallystick.ledgers l
			LEFT JOIN LATERAL (
				SELECT c.to_position, c.applied_at
				FROM tallystick.projection_checkpoints c
				WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
				ORDER BY c.from_position DESC
				LIMIT 1
			) AS c ON true
			WHERE NOT EXISTS (
				SELECT FROM tallystick.projection_failures f
				WHERE f.ledger_id = l.ledger_id AND f.projection = $1 AND f.version = $2
				  AND (f.status = 'stopped' OR f.retry_at > clock_timestamp()))`,
		Args: []any{o.version.projection, o.version.number},
	}
}

// AckMessageQuery changes nothing: the page's own transaction has moved the checkpoint, or has noted the failure.
func (offsets) AckMessageQuery(string, watermillsql.Row, string) watermillsql.Query {
	return watermillsql.Query{Query: `SELECT 1`}
}

// ConsumedMessageQuery is not wanted.
func (offsets) ConsumedMessageQuery(string, watermillsql.Row, string, []byte) watermillsql.Query {
	return watermillsql.Query{}
}

// SchemaInitializingQueries gives none: tables exist only in migrations.
func (offsets) SchemaInitializingQueries(string) []watermillsql.Query { return nil }

// BeforeSubscribingQueries gives none: a version without a checkpoint stands at 0.
func (offsets) BeforeSubscribingQueries(string, string) []watermillsql.Query { return nil }
