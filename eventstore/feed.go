package eventstore

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// Topic is the name under which subscribers get the events of all ledgers.
const Topic = "events"

// PageMax bounds the events of a message; only a larger group of one command exceeds it.
const PageMax = 1_000

// Batch is the content of one Watermill message: pages of several ledgers, at most one of each.
type Batch struct {
	Pages []PageRange `json:"pages"`
	// More tells that further ledgers have pages, for which the message had no room.
	More bool `json:"more"`
}

// PageRange names positions of a ledger. A page begins right behind the subscriber's offset and ends with a group, so no
// command's events are ever seen in part.
type PageRange struct {
	Ledger uuid.UUID `json:"ledger"`
	From   int64     `json:"from"`
	To     int64     `json:"to"`
}

// Len counts the positions of the page.
func (p PageRange) Len() int64 { return p.To - p.From + 1 }

// Feed lets a watermill-sql subscriber read the events table itself: there is no outbox, and a message holds pages. The
// offsets adapter's NextOffsetQuery must give the columns (ledger_id, position, served_at) of each ledger that the
// consumer group is ready to go on with; Feed takes first those that were served longest ago.
//
// Dense positions in commit order make "position > offset" complete, so no transaction ids and no gap detection.
type Feed struct{}

var _ watermillsql.SchemaAdapter = Feed{}

// SelectQuery gives at most one row: the next batch.
func (Feed) SelectQuery(topic, group string, offsets watermillsql.OffsetsAdapter) watermillsql.Query {
	next := offsets.NextOffsetQuery(topic, group)
	return watermillsql.Query{
		Query: fmt.Sprintf(`
			SELECT json_build_object(
			           'pages', json_agg(
			               json_build_object('ledger', p.ledger_id, 'from', p.from_position, 'to', p.to_position) ORDER BY p.turn)
			               FILTER (WHERE p.fits),
			           'more', NOT bool_and(p.fits))
			FROM (
				SELECT p.*, row_number() OVER turns AS turn,
				       row_number() OVER turns = 1 OR sum(p.to_position - p.from_position + 1) OVER turns <= %[2]d AS fits
				FROM (
					SELECT o.ledger_id, o.served_at, o.position + 1 AS from_position, coalesce((
						SELECT e.position
						FROM tallystick.events e
						WHERE e.ledger_id = o.ledger_id
						  AND e.position BETWEEN o.position + 1 AND o.position + %[2]d
						  AND e.position = e.group_last
						ORDER BY e.position DESC
						LIMIT 1), (
						SELECT e.group_last
						FROM tallystick.events e
						WHERE e.ledger_id = o.ledger_id AND e.position = o.position + 1)) AS to_position
					FROM (%[1]s) AS o (ledger_id, position, served_at)
				) AS p
				WHERE p.to_position IS NOT NULL
				WINDOW turns AS (ORDER BY p.served_at NULLS FIRST, p.ledger_id ROWS UNBOUNDED PRECEDING)
			) AS p
			HAVING count(*) > 0`, next.Query, PageMax),
		Args: next.Args,
	}
}

// UnmarshalMessage makes the message of a batch.
func (Feed) UnmarshalMessage(row watermillsql.Scanner) (watermillsql.Row, error) {
	var payload []byte
	if err := row.Scan(&payload); err != nil {
		return watermillsql.Row{}, fmt.Errorf("read the next pages: %w", err)
	}
	msg := message.NewMessage(watermill.NewUUID(), payload)
	const any = 1 // Watermill takes 0 for no message, and nobody else looks at it
	return watermillsql.Row{Offset: any, UUID: []byte(msg.UUID), Payload: payload, Msg: msg}, nil
}

// DecodeBatch reads a message's payload.
func DecodeBatch(msg *message.Message) (Batch, error) {
	var batch Batch
	if err := json.Unmarshal(msg.Payload, &batch); err != nil {
		return Batch{}, fmt.Errorf("decode pages: %w", err)
	}
	return batch, nil
}

// InsertQuery refuses: events are written by the function append alone.
func (Feed) InsertQuery(topic string, _ message.Messages) (watermillsql.Query, error) {
	return watermillsql.Query{}, errors.New("topic " + topic + " can't be published to: events are appended by commands")
}

// SchemaInitializingQueries gives none: tables exist only in migrations.
func (Feed) SchemaInitializingQueries(string) []watermillsql.Query { return nil }

// SubscribeIsolationLevel is READ COMMITTED: the page's own transaction is what decides, and a REPEATABLE READ snapshot
// would only add conflicts between subscribers.
func (Feed) SubscribeIsolationLevel() sql.IsolationLevel { return sql.LevelReadCommitted }
