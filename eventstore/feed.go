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

// PageMax bounds the events of a page; only a larger group of one command exceeds it.
const PageMax = 1_000

// PageRange is what one Watermill message says: these positions of this ledger are yours. It begins right behind the
// subscriber's offset and ends with a group, so no command's events are ever seen in part.
type PageRange struct {
	Ledger uuid.UUID `json:"ledger"`
	From   int64     `json:"from"`
	To     int64     `json:"to"`
}

// Feed lets a watermill-sql subscriber read the events table itself: there is no outbox, and a message is a page. The
// offsets adapter's NextOffsetQuery must give the columns (ledger_id, position, served_at) of each ledger that the
// consumer group is ready to go on with; Feed offers the one that was served longest ago.
//
// Dense positions in commit order make "position > offset" complete, so no transaction ids and no gap detection.
type Feed struct{}

var _ watermillsql.SchemaAdapter = Feed{}

// SelectQuery gives at most one row: the next page.
func (Feed) SelectQuery(topic, group string, offsets watermillsql.OffsetsAdapter) watermillsql.Query {
	next := offsets.NextOffsetQuery(topic, group)
	return watermillsql.Query{
		Query: fmt.Sprintf(`
			SELECT o.ledger_id, o.position + 1, coalesce((
				SELECT e.position
				FROM tallystick.events e
				WHERE e.ledger_id = o.ledger_id
				  AND e.position BETWEEN o.position + 1 AND o.position + %[2]d
				  AND e.position = e.group_last
				ORDER BY e.position DESC
				LIMIT 1), (
				SELECT e.group_last
				FROM tallystick.events e
				WHERE e.ledger_id = o.ledger_id AND e.position = o.position + 1))
			FROM (%[1]s) AS o (ledger_id, position, served_at)
			WHERE EXISTS (
				SELECT FROM tallystick.events e
				WHERE e.ledger_id = o.ledger_id AND e.position = o.position + 1)
			ORDER BY o.served_at NULLS FIRST
			LIMIT 1`, next.Query, PageMax),
		Args: next.Args,
	}
}

// UnmarshalMessage makes the message of a page.
func (Feed) UnmarshalMessage(row watermillsql.Scanner) (watermillsql.Row, error) {
	var page PageRange
	if err := row.Scan(&page.Ledger, &page.From, &page.To); err != nil {
		return watermillsql.Row{}, fmt.Errorf("read the next page: %w", err)
	}
	payload, err := json.Marshal(page)
	if err != nil {
		return watermillsql.Row{}, fmt.Errorf("encode the next page: %w", err)
	}
	msg := message.NewMessage(watermill.NewUUID(), payload)
	return watermillsql.Row{Offset: page.To, UUID: []byte(msg.UUID), Payload: payload, Msg: msg}, nil
}

// DecodePageRange reads a message's payload.
func DecodePageRange(msg *message.Message) (PageRange, error) {
	var page PageRange
	if err := json.Unmarshal(msg.Payload, &page); err != nil {
		return PageRange{}, fmt.Errorf("decode page: %w", err)
	}
	return page, nil
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
