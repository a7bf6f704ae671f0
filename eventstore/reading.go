package eventstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/go-json-experiment/json/jsontext"
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
	err    error

	streamType domain.StreamType
}

// errLost says that the log does not have the event any more that a state was folded up to.
var errLost = errors.New("the log has lost what is known of the stream")

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

// runsQuery reads what follows each stream's known version. A row for each stream takes two thirds of what one for each event
// takes. The events are put together in the order in which the innermost query gives them, and OFFSET 0 makes each of the
// others a look-up.
const runsQuery = `
		SELECT s.ord, known.leaf_hash, coalesce(run.events, 0), run.types, run.schemas, run.data, run.private, run.parts,
		       last.version, last.position, last.effective_at, last.leaf_hash
		FROM unnest($2::text[], $3::bigint[], $4::int[]) WITH ORDINALITY AS s (stream, version, events, ord)
		LEFT JOIN LATERAL (
			SELECT e.leaf_hash
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version = s.version AND e.version > 0
			OFFSET 0
		) AS known ON true
		LEFT JOIN LATERAL (
			SELECT count(*) AS events, max(e.version) AS last, string_agg(e.type, ' ') AS types,
			       array_agg(e.schema) AS schemas, string_agg(e.data, '\x0a') AS data,
			       array_agg(e.version) FILTER (WHERE e.part IS NOT NULL) AS private,
			       array_agg(e.part) FILTER (WHERE e.part IS NOT NULL) AS parts
			FROM (
				SELECT e.version, e.type, e.schema, e.data, CASE WHEN e.private_hash IS NOT NULL THEN (
				           SELECT p.data
				           FROM tallystick.private_parts p
				           WHERE p.ledger_id = $1 AND p.position = e.position
				       ) END AS part
				FROM tallystick.events e
				WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version > s.version AND e.version > 0
				ORDER BY e.version
				LIMIT s.events
			) AS e
			HAVING count(*) > 0
		) AS run ON true
		LEFT JOIN LATERAL (
			SELECT e.version, e.position, e.effective_at, e.leaf_hash
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version = run.last AND e.version > 0
			OFFSET 0
		) AS last ON true`

// readOn folds the events that follow what is known of the streams, in one round trip. The last one that is known is looked
// up too: where the log does not have it, what follows is of another log.
func (c *Codec) readOn(ctx context.Context, db Querier, ledger uuid.UUID, readings []*reading) error {
	streams, versions, limits := make([]string, len(readings)), make([]int64, len(readings)), make([]int32, len(readings))
	for i, r := range readings {
		streams[i], versions[i], limits[i] = string(r.stream), r.known.version, int32(r.limit)
	}
	rows, err := db.Query(ctx, runsQuery, [16]byte(ledger), streams, versions, limits)
	if err != nil {
		return fmt.Errorf("read streams: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var ord int64
		var run storedRun
		var version, position *int64
		var effective *time.Time
		err := rows.Scan(&ord, &run.known, &run.events, &run.types, &run.schemas, &run.data, &run.private, &run.parts,
			&version, &position, &effective, &run.leaf)
		if err != nil {
			return fmt.Errorf("read streams: %w", err)
		}
		if run.events > 0 {
			run.last = folded{version: *version, position: *position, effective: effective.UTC(), leaf: [sha256.Size]byte(run.leaf)}
		}
		readings[ord-1].take(c, &run)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read streams: %w", err)
	}
	return nil
}

// storedRun is events of a stream that follow each other. Its bytes are the driver's and last until the next row.
type storedRun struct {
	known   pgtype.DriverBytes // the leaf of the event before
	events  int
	types   pgtype.DriverBytes // between blanks
	schemas []int16
	data    pgtype.DriverBytes // one JSON value behind the other
	private []int64            // the versions that have a private part
	parts   [][]byte           // of each of these
	leaf    pgtype.DriverBytes
	last    folded // without its state
}

// take brings the reading to the last event of the run. A rule that panics on an event is its stream's fault.
func (r *reading) take(c *Codec, run *storedRun) {
	if r.err != nil {
		return
	}
	if r.known.version > 0 && !bytes.Equal(run.known, r.known.leaf[:]) {
		r.err = errLost
		return
	}
	if run.events == 0 {
		return
	}
	if run.last.version != r.known.version+int64(run.events) {
		r.err = fmt.Errorf("%s has %d events behind version %d and up to %d", r.stream, run.events, r.known.version, run.last.version)
		return
	}
	facts, err := c.decodeRun(run)
	if err != nil {
		r.err = fmt.Errorf("version %d of %s: %w", r.known.version+int64(len(facts))+1, r.stream, err)
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			r.err = fmt.Errorf("folding %s up to version %d panicked: %v", r.stream, run.last.version, cause)
		}
	}()
	run.last.state = r.streamType.EvolveAll(r.known.state, facts)
	run.last.bytes = r.known.bytes + int64(len(run.data))
	r.known, r.events = run.last, run.events
}

// decodeRun gives the facts of the run; on an error those before the one that can't be read.
func (c *Codec) decodeRun(run *storedRun) (facts []domain.Event, err error) {
	facts = make([]domain.Event, 0, run.events)
	if names := bytes.Count(run.types, []byte{' '}) + 1; names != run.events {
		return facts, fmt.Errorf("%d events have the %d types %q", run.events, names, run.types)
	}
	values := jsontext.NewDecoder(bytes.NewBuffer(run.data))
	first := run.last.version - int64(run.events) + 1
	for eventType := range bytes.SplitSeq(run.types, []byte{' '}) {
		i := len(facts)
		fact, err := c.decodeNext(eventType, int(run.schemas[i]), values)
		if err == nil && len(run.private) > 0 && run.private[0] == first+int64(i) {
			fact, err = c.join(fact, run.parts[0])
			run.private, run.parts = run.private[1:], run.parts[1:]
		}
		if err != nil {
			return facts, err
		}
		facts = append(facts, fact)
	}
	if _, err := values.ReadToken(); !errors.Is(err, io.EOF) {
		return facts, errors.New("its data has more than one value")
	}
	return facts, nil
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
