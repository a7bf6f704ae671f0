package eventstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
)

// chunkReader reads one page from chunks, and from the database what they lack.
type chunkReader struct {
	chunks   *Chunks
	db       Querier
	ledger   uuid.UUID
	from, to int64

	parts []chunkPart
}

// chunkPart holds the events of the page that a chunk has.
type chunkPart struct {
	chunk   *chunk
	history int // of the chunk when the part was taken
	events  []Event
	faults  map[int64]error
	seams   []int64
}

// collect gathers the page chunk by chunk.
func (r *chunkReader) collect(ctx context.Context) error {
	for number := chunkNumber(r.from); number <= chunkNumber(r.to); number++ {
		key := chunkKey{r.ledger, number}
		from, to := max(r.from, number*chunkEvents+1), min(r.to, (number+1)*chunkEvents)
		for {
			part, wait, err := r.take(ctx, key, from, to)
			if err != nil {
				return err
			}
			if wait == nil {
				r.parts = append(r.parts, part)
				break
			}
			select {
			case <-wait:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// take gives the events of a chunk at these positions. Where they are not there it reads them, or gives what to wait for if
// somebody else does.
func (r *chunkReader) take(ctx context.Context, key chunkKey, from, to int64) (part chunkPart, wait <-chan struct{}, err error) {
	c := r.chunks
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.chunk(key)
	for !held.holds(from, to) {
		if held.loading != nil {
			return part, held.loading, nil
		}
		first, last := missing(held, key, from)
		epoch, loading := c.epoch, make(chan struct{})
		held.loading = loading
		c.mu.Unlock()
		events, faults, err := c.codec.span(ctx, r.db, r.ledger, first, last)
		c.mu.Lock()
		held.loading = nil
		close(loading)
		switch {
		case err != nil:
			return part, nil, err
		case epoch != c.epoch:
			held = c.chunk(key)
			continue
		case len(events) == 0 || events[len(events)-1].Position < min(to, last):
			return part, nil, fmt.Errorf("events %d to %d are not all there", first, min(to, last))
		}
		c.put(key, held, events, faults)
	}
	begin := held.first()
	part = chunkPart{chunk: held, history: held.history, events: held.events[from-begin : to-begin+1]}
	for _, seam := range held.seams {
		if r.from <= seam && seam < r.to {
			part.seams = append(part.seams, seam)
		}
	}
	for position, fault := range held.faults {
		if from <= position && position <= to {
			if part.faults == nil {
				part.faults = map[int64]error{}
			}
			part.faults[position] = fault
		}
	}
	return part, nil, nil
}

// missing tells which events to read so that the chunk has those from from on: all that there are behind it, or those up to
// the first that it holds.
func missing(held *chunk, key chunkKey, from int64) (first, last int64) {
	last = (key.number + 1) * chunkEvents
	switch {
	case held.empty():
		return from, last
	case from < held.first():
		return from, held.first() - 1
	}
	return held.last() + 1, last
}

// span reads and decodes events without their private parts. What can't be decoded is a fault of that event alone.
func (c *Codec) span(ctx context.Context, db Querier, ledger uuid.UUID, from, to int64) (events []Event, faults map[int64]error, err error) {
	rows, err := db.Query(ctx, `
		SELECT `+eventColumns+`, NULL::bytea, NULL::bytea
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position BETWEEN $2 AND $3
		ORDER BY e.position`, [16]byte(ledger), from, to)
	if err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e, err := scanEvent(row)
		if err != nil {
			return e, err
		}
		var fault error
		if e.Fact, fault = c.decodeSafely(&e); fault != nil {
			if faults == nil {
				faults = map[int64]error{}
			}
			faults[e.Position] = fmt.Errorf("event at position %d: %w", e.Position, fault)
		}
		e.size, e.Data = len(e.Data), nil
		return e, nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	return events, faults, nil
}

// Page reads the events of a page that are chosen as [Chunks.Page] gives them, and keeps none. The page ends with the command that
// the position to is in; it gives the last position.
func (c *Codec) Page(ctx context.Context, db Querier, ledger uuid.UUID, from, to int64, chosen Selection) (events []Event, last int64, err error) {
	err = db.QueryRow(ctx, `
		SELECT e.group_last
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position = $2`, [16]byte(ledger), to).Scan(&last)
	if err != nil {
		return nil, 0, fmt.Errorf("find the end of the page at position %d: %w", to, err)
	}
	all, faults, err := c.span(ctx, db, ledger, from, last)
	if err != nil {
		return nil, 0, err
	}
	if int64(len(all)) != last-from+1 {
		return nil, 0, fmt.Errorf("events %d to %d are not all there", from, last)
	}
	var private []int64
	for i := range all {
		if !chosen.has(&all[i]) {
			continue
		}
		if fault := faults[all[i].Position]; fault != nil {
			return nil, 0, fault
		}
		if all[i].PrivateHash != nil {
			private = append(private, all[i].Position)
		}
		events = append(events, all[i])
	}
	return events, last, c.joinAll(ctx, db, ledger, events, private)
}

// decodeSafely decodes an event; a panic is the event's own fault too.
func (c *Codec) decodeSafely(e *Event) (fact domain.Event, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decoding %s panicked: %v", e.Type, cause)
		}
	}()
	return c.Decode(e.Type, e.Schema, e.Data)
}

// prove holds what was gathered against the log: the last event, and both sides of each seam.
func (r *chunkReader) prove(ctx context.Context, leaf []byte) error {
	if !bytes.Equal(r.event(r.to).LeafHash, leaf) {
		return errOtherHistory
	}
	var seams []int64
	for _, part := range r.parts {
		seams = append(seams, part.seams...)
	}
	if len(seams) == 0 {
		return nil
	}
	rows, err := r.db.Query(ctx, `
		SELECT e.position, e.leaf_hash
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position = ANY ($2)`, [16]byte(r.ledger), seams)
	if err != nil {
		return fmt.Errorf("look at events again: %w", err)
	}
	var position int64
	var hash []byte
	found, same := 0, true
	_, err = pgx.ForEachRow(rows, []any{&position, &hash}, func() error {
		found++
		same = same && bytes.Equal(r.event(position).LeafHash, hash)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at events again: %w", err)
	}
	slices.Sort(seams)
	if !same || found != len(slices.Compact(seams)) {
		return errOtherHistory
	}
	r.close()
	return nil
}

// close forgets the seams that were proven.
func (r *chunkReader) close() {
	r.chunks.mu.Lock()
	defer r.chunks.mu.Unlock()
	for _, part := range r.parts {
		if held := part.chunk; held.history == part.history {
			held.seams = slices.DeleteFunc(held.seams, func(seam int64) bool { return slices.Contains(part.seams, seam) })
		}
	}
}

func (r *chunkReader) event(position int64) *Event {
	for _, part := range r.parts {
		if begin := part.events[0].Position; position >= begin && position < begin+int64(len(part.events)) {
			return &part.events[position-begin]
		}
	}
	return &Event{}
}

// choose gives the events that a selection asks for, with their private parts.
func (r *chunkReader) choose(ctx context.Context, chosen Selection) ([]Event, error) {
	var events []Event
	var private []int64
	for _, part := range r.parts {
		for i := range part.events {
			e := &part.events[i]
			if !chosen.has(e) {
				continue
			}
			if fault := part.faults[e.Position]; fault != nil {
				return nil, fault
			}
			if e.PrivateHash != nil {
				private = append(private, e.Position)
			}
			events = append(events, *e)
		}
	}
	return events, r.chunks.codec.joinAll(ctx, r.db, r.ledger, events, private)
}

// joinAll puts private parts back into events at some positions, as far as they are not erased.
func (c *Codec) joinAll(ctx context.Context, db Querier, ledger uuid.UUID, events []Event, positions []int64) error {
	if len(positions) == 0 {
		return nil
	}
	rows, err := db.Query(ctx, `
		SELECT p.position, p.data
		FROM tallystick.private_parts p
		WHERE p.ledger_id = $1 AND p.position = ANY ($2)`, [16]byte(ledger), positions)
	if err != nil {
		return fmt.Errorf("read private parts: %w", err)
	}
	var position int64
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&position, &data}, func() (err error) {
		i, _ := slices.BinarySearchFunc(events, position, func(e Event, p int64) int { return int(e.Position - p) })
		if events[i].Fact, err = c.join(events[i].Fact, data); err != nil {
			return fmt.Errorf("event at position %d: %w", position, err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read private parts: %w", err)
	}
	return nil
}
