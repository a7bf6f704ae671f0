package eventstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
)

// Querier runs the queries of a reader: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const eventColumns = `e.position, e.group_last, e.event_id, e.stream, e.version, e.type, e.schema, e.recorded_at,
	e.effective_at, e.actor, e.command, e.correlation, coalesce(e.causation, ''), e.data, e.leaf_hash, e.private_hash`

// privateOf joins the private parts p to events e. OFFSET 0 keeps it a look-up for each event that ever had one; joined
// otherwise, all parts of the ledger may be read.
const privateOf = `
	LEFT JOIN LATERAL (
		SELECT p.salt, p.data
		FROM tallystick.private_parts p
		WHERE e.private_hash IS NOT NULL AND p.ledger_id = e.ledger_id AND p.position = e.position
		OFFSET 0
	) AS p ON true`

const selectEvents = `
	SELECT ` + eventColumns + `, p.salt, p.data
	FROM tallystick.events e` + privateOf

// Selection chooses events by the types of their streams. An event of an unknown type in a chosen stream is chosen too.
type Selection struct {
	StreamTypes []string
	Except      []string // types of events
}

func (s Selection) has(e *Event) bool {
	return slices.Contains(s.StreamTypes, e.Stream.Type()) && !slices.Contains(s.Except, e.Type)
}

// Filter chooses events. The zero value chooses all.
type Filter struct {
	Stream domain.Stream // "" for every stream
	Type   string        // "" for every type; exact, or "prefix.*"
}

// After reads at most limit events behind a position, in order. Events of one stream are found by the stream's index,
// whose versions are in the order of positions; events of one type by looking at all that follow.
func (c *Codec) After(ctx context.Context, db Querier, ledger uuid.UUID, position int64, filter Filter, limit int) ([]Event, error) {
	const ofType = `
		  AND CASE WHEN $3 = '' THEN true
		           WHEN right($3, 2) = '.*' THEN starts_with(e.type, left($3, -1))
		           ELSE e.type = $3 END`
	if filter.Stream != "" {
		return c.query(ctx, db, selectEvents+`
			WHERE e.ledger_id = $1 AND e.position > $2 AND e.stream = $5 AND e.version > 0`+ofType+`
			ORDER BY e.version
			LIMIT $4`, [16]byte(ledger), position, filter.Type, limit, string(filter.Stream))
	}
	return c.query(ctx, db, selectEvents+`
		WHERE e.ledger_id = $1 AND e.position > $2`+ofType+`
		ORDER BY e.position
		LIMIT $4`, [16]byte(ledger), position, filter.Type, limit)
}

// Stored reads the events behind a position up to another as they are stored, without their facts.
func Stored(ctx context.Context, db Querier, ledger uuid.UUID, after, upTo int64) ([]Event, error) {
	rows, err := db.Query(ctx, selectEvents+`
		WHERE e.ledger_id = $1 AND e.position > $2 AND e.position <= $3
		ORDER BY e.position`, [16]byte(ledger), after, upTo)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// Stream reads at most limit events of one stream behind a version, in order.
func (c *Codec) Stream(ctx context.Context, db Querier, ledger uuid.UUID, stream domain.Stream, version int64, limit int) ([]Event, error) {
	return c.query(ctx, db, selectEvents+`
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > $3 AND e.version > 0
		ORDER BY e.version
		LIMIT $4`, [16]byte(ledger), string(stream), version, limit)
}

// At reads the events at positions that the ledger has, the newest first.
func (c *Codec) At(ctx context.Context, db Querier, ledger uuid.UUID, positions []int64) ([]Event, error) {
	return c.query(ctx, db, selectEvents+`
		WHERE e.ledger_id = $1 AND e.position = ANY ($2)
		ORDER BY e.position DESC`, [16]byte(ledger), positions)
}

// OfWorkspace lists the positions of a workspace's events from one position to another.
func OfWorkspace(ctx context.Context, db Querier, ledger uuid.UUID, workspace string, from, to int64) ([]int64, error) {
	rows, err := db.Query(ctx, `
		SELECT e.position
		FROM tallystick.events_readable e
		WHERE e.ledger_id = $1 AND e.position BETWEEN $2 AND $3 AND e.workspace = $4
		ORDER BY e.position`, [16]byte(ledger), from, to, workspace)
	if err != nil {
		return nil, fmt.Errorf("find the events of %s: %w", workspace, err)
	}
	positions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find the events of %s: %w", workspace, err)
	}
	return positions, nil
}

// Tail is the position of a ledger's newest event, 0 where there is none.
func Tail(ctx context.Context, db Querier, ledger uuid.UUID) (int64, error) {
	var position int64
	err := db.QueryRow(ctx, `
		SELECT coalesce((
			SELECT e.position
			FROM tallystick.events e
			WHERE e.ledger_id = $1
			ORDER BY e.position DESC
			LIMIT 1), 0)`, [16]byte(ledger)).Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("read the tail: %w", err)
	}
	return position, nil
}

func (c *Codec) query(ctx context.Context, db Querier, sql string, args ...any) ([]Event, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, c.scan)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// scanEvent gives an event without its fact.
func scanEvent(row pgx.CollectableRow) (Event, error) {
	var e Event
	err := row.Scan(&e.Position, &e.GroupLast, &e.ID, &e.Stream, &e.Version, &e.Type, &e.Schema, &e.RecordedAt,
		&e.EffectiveAt, &e.Actor, &e.Command, &e.Correlation, &e.Causation, &e.Data, &e.LeafHash,
		&e.PrivateHash, &e.PrivateSalt, &e.Private)
	if err != nil {
		return Event{}, err
	}
	e.RecordedAt, e.EffectiveAt = e.RecordedAt.UTC(), e.EffectiveAt.UTC()
	return e, nil
}

func (c *Codec) scan(row pgx.CollectableRow) (Event, error) {
	e, err := scanEvent(row)
	if err != nil {
		return Event{}, err
	}
	if e.Fact, err = c.Decode(e.Type, e.Schema, e.Data); err != nil {
		return Event{}, fmt.Errorf("event at position %d: %w", e.Position, err)
	}
	if e.Private == nil {
		return e, nil
	}
	if e.Fact, err = c.join(e.Fact, e.Private); err != nil {
		return Event{}, fmt.Errorf("event at position %d: %w", e.Position, err)
	}
	return e, nil
}
