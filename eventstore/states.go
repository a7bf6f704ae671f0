package eventstore

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/tallystick/tallystick/domain"
)

// snapshot is a stream folded up to a version. It is a value and may be held by anyone for as long as they like.
type snapshot struct {
	state     domain.State
	version   int64
	effective time.Time // of the last event
}

type streamKey struct {
	ledger uuid.UUID
	stream domain.Stream
}

// states caches snapshots, bounded in bytes. What it holds may be behind the log, never ahead of it: it only ever takes
// what was read or what was confirmed as appended.
type states struct {
	codec    *Codec
	bytesMax int

	mu    sync.Mutex
	lru   *simplelru.LRU[streamKey, snapshot]
	bytes int

	loading singleflight.Group
}

// entryOverhead is what a cached state costs beside itself.
const entryOverhead = 256

func newStates(codec *Codec, bytesMax int) (*states, error) {
	s := &states{codec: codec, bytesMax: bytesMax}
	var err error
	s.lru, err = simplelru.NewLRU(1<<31-1, func(_ streamKey, evicted snapshot) {
		s.bytes -= evicted.state.Size() + entryOverhead
	})
	return s, err
}

func (s *states) get(key streamKey) (snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lru.Get(key)
}

// put keeps a snapshot unless a newer one is there.
func (s *states) put(key streamKey, fresh snapshot) {
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

// load gives a snapshot of each of the streams, reading those that the cache does not hold. Callers that miss the same stream at
// the same time share one reading.
func (s *states) load(ctx context.Context, db Querier, ledger uuid.UUID, streams []domain.Stream) ([]snapshot, error) {
	loaded := make([]snapshot, len(streams))
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
func (s *states) readShared(ctx context.Context, db Querier, key streamKey) (snapshot, error) {
	flight := s.loading.DoChan(key.ledger.String()+string(key.stream), func() (any, error) {
		reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
		defer cancel()
		return s.read(reading, db, key, snapshot{})
	})
	select {
	case landed := <-flight:
		if landed.Err != nil {
			return snapshot{}, landed.Err
		}
		return landed.Val.(snapshot), nil
	case <-ctx.Done():
		return snapshot{}, ctx.Err()
	}
}

// refresh brings the cache's snapshots of the streams to the present, in the caller's time.
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

// read folds what follows the known snapshot and keeps the result.
func (s *states) read(ctx context.Context, db Querier, key streamKey, known snapshot) (snapshot, error) {
	streamType, err := s.codec.streamType(key.stream)
	if err != nil {
		return snapshot{}, err
	}
	if known.state == nil {
		known.state = streamType.Initial
	}
	for {
		events, err := s.codec.Stream(ctx, db, key.ledger, key.stream, known.version, loadPage)
		if err != nil {
			return snapshot{}, err
		}
		known = fold(streamType, known, events)
		if len(events) < loadPage {
			s.put(key, known)
			return known, nil
		}
	}
}

func fold(streamType domain.StreamType, known snapshot, events []Event) snapshot {
	for _, event := range events {
		known = snapshot{state: streamType.Evolve(known.state, event.Fact), version: event.Version, effective: event.EffectiveAt}
	}
	return known
}
