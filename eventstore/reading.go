package eventstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain"
)

// reading is one stream of a round trip that brings several to the present. What fails on a stream is its own: the others
// are read all the same.
type reading struct {
	stream domain.Stream
	known  folded
	kept   kept // where it began
	limit  int  // of events
	events int  // that were read
	met    bool // the last event that is known was read again
	err    error

	streamType domain.StreamType
	facts      []domain.Event // that were read and are not folded yet
	last       folded         // of these, without its state
}

// errLost says that the log does not have the event any more that a state was folded up to.
var errLost = errors.New("the log has lost what is known of the stream")

// foldMax bounds the facts that are folded at once.
const foldMax = 500

// reading prepares to read at most limit events behind what is known of a stream.
func (c *Codec) reading(stream domain.Stream, known folded, limit int) *reading {
	r := &reading{stream: stream, known: known, limit: limit}
	if r.streamType, r.err = c.streamType(stream); r.err == nil && known.state == nil {
		r.known.state = r.streamType.Initial
	}
	return r
}

// full reports whether the stream may have more events than were read.
func (r *reading) full() bool { return r.err == nil && r.events == r.limit }

// ended reports whether the stream was read to its end.
func (r *reading) ended() bool { return r.err == nil && r.events < r.limit }

// fail ends the reading by an error of the whole round trip.
func (r *reading) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// readOn folds the events that follow what is known of the streams, in one round trip. The last one that is known is read too:
// where the log does not have it, what follows is of another log.
func (c *Codec) readOn(ctx context.Context, db Querier, ledger uuid.UUID, readings []*reading) error {
	streams, versions, limits := make([]string, len(readings)), make([]int64, len(readings)), make([]int32, len(readings))
	for i, r := range readings {
		streams[i], versions[i], limits[i] = string(r.stream), r.known.version, int32(r.limit)
		if r.met = r.known.version == 0; !r.met {
			limits[i]++
		}
	}
	// The lateral query is a look-up for each stream, and its events come in the order of their versions.
	rows, err := db.Query(ctx, `
		SELECT s.ord, e.position, e.version, e.type, e.schema, e.effective_at, e.leaf_hash, e.data,
		       CASE WHEN e.private_hash IS NOT NULL THEN (
		           SELECT p.data
		           FROM tallystick.private_parts p
		           WHERE p.ledger_id = $1 AND p.position = e.position
		       ) END
		FROM unnest($2::text[], $3::bigint[], $4::int[]) WITH ORDINALITY AS s (stream, version, events, ord)
		CROSS JOIN LATERAL (
			SELECT *
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version >= s.version AND e.version > 0
			ORDER BY e.version
			LIMIT s.events
		) AS e`, [16]byte(ledger), streams, versions, limits)
	if err != nil {
		return fmt.Errorf("read streams: %w", err)
	}
	defer func() {
		rows.Close()
		for _, r := range readings {
			r.fold()
		}
	}()
	var ord int64
	var row storedRow
	into := []any{&ord, &row.position, &row.version, &row.eventType, &row.schema, &row.effective, &row.leaf, &row.data, &row.private}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read streams: %w", err)
		}
		readings[ord-1].take(c, &row)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read streams: %w", err)
	}
	for _, r := range readings {
		if !r.met {
			r.fail(errLost)
		}
	}
	return nil
}

// lost finds a stream of which the log has lost an event.
func lost(readings iter.Seq[*reading]) (domain.Stream, bool) {
	for r := range readings {
		if errors.Is(r.err, errLost) {
			return r.stream, true
		}
	}
	return "", false
}

// storedRow is what folding needs of a stored event. Its bytes are the driver's and last until the next row.
type storedRow struct {
	position, version   int64
	eventType           pgtype.DriverBytes
	schema              int
	effective           time.Time
	leaf, data, private pgtype.DriverBytes
}

// take reads the next event.
func (r *reading) take(c *Codec, row *storedRow) {
	if r.err != nil {
		return
	}
	if !r.met {
		if r.met = true; row.version != r.known.version || [sha256.Size]byte(row.leaf) != r.known.leaf {
			r.err = errLost
		}
		return
	}
	if len(r.facts) == 0 {
		r.last = r.known
	}
	if row.version != r.last.version+1 {
		r.err = fmt.Errorf("event at position %d: version %d of %s follows version %d", row.position, row.version, r.stream, r.last.version)
		return
	}
	fact, err := c.decode(row.eventType, row.schema, row.data)
	if err == nil && row.private != nil {
		fact, err = c.join(fact, row.private)
	}
	if err != nil {
		r.err = fmt.Errorf("event at position %d: %w", row.position, err)
		return
	}
	r.facts = append(r.facts, fact)
	r.last = folded{
		version: row.version, effective: row.effective, position: row.position, leaf: [sha256.Size]byte(row.leaf),
		bytes: r.last.bytes + int64(len(row.data)),
	}
	if len(r.facts) == foldMax {
		r.fold()
	}
}

// fold brings the known state to the last event that was read. A rule that panics on an event is its stream's fault.
func (r *reading) fold() {
	if len(r.facts) == 0 {
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			r.err = fmt.Errorf("folding %s up to position %d panicked: %v", r.stream, r.last.position, cause)
		}
	}()
	facts := r.facts
	r.facts = r.facts[:0]
	r.last.state = r.streamType.EvolveAll(r.known.state, facts)
	r.last.effective = r.last.effective.UTC()
	r.known = r.last
	r.events += len(facts)
	clear(facts)
}
