package eventstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// chunkEvents is the number of positions of a chunk; the first begins at position 1.
	chunkEvents = 1_000
	// chunkBytes bounds the chunks of a process.
	chunkBytes = 64 << 20
	// chunkTries bounds how often a page is read again after its chunks turned out to be of another history.
	chunkTries = 3
	// eventOverhead is what an event takes beside what it says, and emptyChunk what a chunk takes without any.
	eventOverhead, emptyChunk = 640, 512
)

// Chunks keeps events that a process has met lately, decoded, so that each is read and decoded once however many readers it
// has. They have neither Data nor private parts, and nobody may write to them. What it keeps may be of a log that was lost in
// a failover; whoever reads a page proves against the database that it is not.
type Chunks struct {
	codec    *Codec
	bytesMax int

	mu    sync.Mutex
	lru   *simplelru.LRU[chunkKey, *chunk]
	bytes int
	epoch int // rises whenever chunks are dropped; what was read before is not kept
}

type chunkKey struct {
	ledger uuid.UUID
	number int64
}

// chunk holds events without a hole, of at most chunkEvents aligned positions.
type chunk struct {
	events []Event         // only ever appended to, since readers hold parts of it
	faults map[int64]error // of events that could not be decoded, by position
	// seams are positions at which what came from one place ends and what came from another begins. Until the database has
	// shown that the event there is still the same, the two may be of different histories.
	seams   []int64
	history int // rises when other events take the place of those that are there
	bytes   int
	loading chan struct{} // closed when whoever reads into the chunk is done; nil where nobody does
}

func (c *chunk) first() int64 { return c.events[0].Position }
func (c *chunk) last() int64  { return c.events[len(c.events)-1].Position }
func (c *chunk) empty() bool  { return len(c.events) == 0 }

// holds reports whether the chunk has all events at these positions.
func (c *chunk) holds(from, to int64) bool { return !c.empty() && c.first() <= from && to <= c.last() }

// NewChunks makes chunks that are empty.
func NewChunks(codec *Codec) *Chunks {
	c := &Chunks{codec: codec, bytesMax: chunkBytes}
	// Its only error is a size that is not positive.
	c.lru, _ = simplelru.NewLRU(1<<31-1, func(_ chunkKey, evicted *chunk) { c.bytes -= emptyChunk + evicted.bytes })
	return c
}

// Add keeps events that were just appended, in the order of their positions.
func (c *Chunks) Add(ledger uuid.UUID, events []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(events) > 0 {
		key := chunkKey{ledger, chunkNumber(events[0].Position)}
		n := min(int64(len(events)), (key.number+1)*chunkEvents-events[0].Position+1)
		c.put(key, c.chunk(key), events[:n], nil)
		events = events[n:]
	}
}

// Drop forgets the events of a ledger, because the log has lost some of them.
func (c *Chunks) Drop(ledger uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, key := range c.lru.Keys() {
		if key.ledger == ledger {
			c.lru.Remove(key)
		}
	}
}

// Page gives the chosen events at positions from to to, both inclusive, in order, with their private parts. All of them must
// be there, and leaf must be the hash of the last one, as the database says now.
func (c *Chunks) Page(
	ctx context.Context, db Querier, ledger uuid.UUID, from, to int64, leaf []byte, chosen Selection,
) ([]Event, error) {
	for range chunkTries {
		r := &chunkReader{chunks: c, db: db, ledger: ledger, from: from, to: to}
		err := r.collect(ctx)
		if err == nil {
			err = r.prove(ctx, leaf)
		}
		switch {
		case err == nil:
			return r.choose(ctx, chosen)
		case !errors.Is(err, errOtherHistory):
			return nil, err
		}
		c.Drop(ledger)
	}
	return nil, fmt.Errorf("read events %d to %d: %w", from, to, errOtherHistory)
}

// errOtherHistory reports that what is kept is not what the log has.
var errOtherHistory = errors.New("the log changes while it is read")

func chunkNumber(position int64) int64 { return (position - 1) / chunkEvents }

// chunk finds or makes a chunk.
func (c *Chunks) chunk(key chunkKey) *chunk {
	held, ok := c.lru.Get(key)
	if !ok {
		held = &chunk{}
		c.lru.Add(key, held)
		c.bytes += emptyChunk
	}
	return held
}

// put joins events of one chunk to those that it holds. Where they would leave a hole, or differ, the new ones stay alone.
func (c *Chunks) put(key chunkKey, held *chunk, events []Event, faults map[int64]error) {
	before := held.bytes
	first, last := events[0].Position, events[len(events)-1].Position
	switch {
	case held.empty():
		held.replace(events)
	case first < held.first() && last >= held.first()-1:
		events = events[:held.first()-first]
		held.seams = append(held.seams, held.first()-1)
		held.events = append(append(make([]Event, 0, len(events)+len(held.events)), events...), held.events...)
	case held.holds(first, first) && bytes.Equal(held.events[first-held.first()].LeafHash, events[0].LeafHash):
		// A reader was faster than whoever appended them.
		if rest := held.last() - first + 1; rest < int64(len(events)) {
			events = events[rest:]
			held.join(events)
		} else {
			events = nil
		}
	case first == held.last()+1:
		held.join(events)
	default:
		held.replace(events)
	}
	held.weigh(events, faults)
	if current, ok := c.lru.Peek(key); ok && current == held {
		c.bytes += held.bytes - before
	}
	for c.bytes > c.bytesMax && c.lru.Len() > 1 {
		c.lru.RemoveOldest()
	}
}

// join appends events behind those that are there.
func (c *chunk) join(events []Event) {
	c.seams = append(c.seams, events[0].Position-1)
	c.events = append(c.events, events...)
}

// replace forgets what is there. The seam is with the chunk before.
func (c *chunk) replace(events []Event) {
	c.history++
	c.events = append([]Event(nil), events...)
	c.seams, c.faults, c.bytes = []int64{events[0].Position - 1}, nil, 0
}

// weigh counts the bytes of new events.
func (c *chunk) weigh(events []Event, faults map[int64]error) {
	for i := range events {
		e := &events[i]
		c.bytes += eventOverhead + e.size + len(e.Stream) + len(e.Actor) + len(e.Correlation) + len(e.Causation)
	}
	for position, fault := range faults {
		if c.faults == nil {
			c.faults = map[int64]error{}
		}
		c.faults[position] = fault
	}
}
