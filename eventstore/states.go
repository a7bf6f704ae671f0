package eventstore

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/tallystick/tallystick/domain"
)

// folded is a stream's state at a version. It is a value and may be held by anyone for as long as they like.
type folded struct {
	state     domain.State
	version   int64
	effective time.Time // of the last event
	// position and leaf are of the last event too, and tell whether the log still has it. They are zero for a state that
	// was decided, until the database has said where its last event stands.
	position int64
	leaf     [sha256.Size]byte
}

type streamKey struct {
	ledger uuid.UUID
	stream domain.Stream
}

// states caches folded streams, bounded in bytes. What it holds may be behind the log, never ahead of it: it only ever takes
// what was read or what was confirmed as appended.
type states struct {
	codec    *Codec
	bytesMax int

	mu    sync.Mutex
	lru   *simplelru.LRU[streamKey, folded]
	bytes int

	loading singleflight.Group
}

// entryOverhead is what a cached state costs beside itself.
const entryOverhead = 256

func newStates(codec *Codec, bytesMax int) (*states, error) {
	s := &states{codec: codec, bytesMax: bytesMax}
	var err error
	s.lru, err = simplelru.NewLRU(1<<31-1, func(_ streamKey, evicted folded) {
		s.bytes -= evicted.state.Size() + entryOverhead
	})
	return s, err
}

func (s *states) get(key streamKey) (folded, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lru.Get(key)
}

// put keeps a folded stream unless a newer one is there.
func (s *states) put(key streamKey, fresh folded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.lru.Peek(key); ok {
		if held.version >= fresh.version {
			return
		}
		s.bytes -= held.state.Size() + entryOverhead
	}
	s.lru.Add(key, fresh)
	s.bytes += fresh.state.Size() + entryOverhead
	for s.bytes > s.bytesMax && s.lru.Len() > 1 {
		s.lru.RemoveOldest()
	}
}

// loadPage bounds the events read in one go, so that a long stream neither fills the memory nor holds a connection long.
const loadPage = 5_000

// load gives the states of the streams, reading those that the cache does not hold. Callers that miss the same stream at
// the same time share one reading.
func (s *states) load(ctx context.Context, db Querier, ledger uuid.UUID, streams []domain.Stream) ([]folded, error) {
	loaded := make([]folded, len(streams))
	for i, stream := range streams {
		key := streamKey{ledger, stream}
		if held, ok := s.get(key); ok {
			loaded[i] = held
			continue
		}
		fresh, err := s.readShared(ctx, db, key)
		if err != nil {
			return nil, err
		}
		loaded[i] = fresh
	}
	return loaded, nil
}

// readShared reads a stream for everybody who misses it now. One caller's leaving must not fail the others, and a
// database that does not answer must hold none of them longer than they want to wait.
func (s *states) readShared(ctx context.Context, db Querier, key streamKey) (folded, error) {
	flight := s.loading.DoChan(key.ledger.String()+string(key.stream), func() (any, error) {
		reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
		defer cancel()
		return s.read(reading, db, key, folded{})
	})
	select {
	case landed := <-flight:
		if landed.Err != nil {
			return folded{}, landed.Err
		}
		return landed.Val.(folded), nil
	case <-ctx.Done():
		return folded{}, ctx.Err()
	}
}

// refresh brings the cached states of the streams to the present, in the caller's time.
func (s *states) refresh(ctx context.Context, db Querier, ledger uuid.UUID, streams []domain.Stream) error {
	for _, stream := range streams {
		key := streamKey{ledger, stream}
		held, _ := s.get(key)
		if _, err := s.read(ctx, db, key, held); err != nil {
			return err
		}
	}
	return nil
}

// read folds what follows the known state and keeps the result.
func (s *states) read(ctx context.Context, db Querier, key streamKey, known folded) (folded, error) {
	streamType, err := s.codec.streamType(key.stream)
	if err != nil {
		return folded{}, err
	}
	if known.state == nil {
		known.state = streamType.Initial
	}
	for {
		events, err := s.codec.Stream(ctx, db, key.ledger, key.stream, known.version, loadPage)
		if err != nil {
			return folded{}, err
		}
		known = fold(streamType, known, events)
		if len(events) < loadPage {
			s.put(key, known)
			return known, nil
		}
	}
}

func fold(streamType domain.StreamType, known folded, events []Event) folded {
	for _, event := range events {
		known = folded{
			state: streamType.Evolve(known.state, event.Fact), version: event.Version, effective: event.EffectiveAt,
			position: event.Position, leaf: [sha256.Size]byte(event.LeafHash),
		}
	}
	return known
}
