package eventstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/tallystick/tallystick/domain"
)

// folded is a stream's state at a version. It is a value and may be held by anyone for as long as they like.
type folded struct {
	state     domain.State
	version   int64
	effective time.Time // of the last event
	// position and leaf are of the last event too, and tell whether the log still has it. Those of a state that was decided are
	// of the last event before, until the database has said where the new ones stand.
	position int64
	leaf     [sha256.Size]byte
	// bytes counts the data of the events that were folded since the state was loaded.
	bytes int64
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
	loader   *loader
	keeper   *keeper
	// onLoss is called when states were dropped because the log has lost what they were folded from.
	onLoss func(uuid.UUID, domain.Stream)

	mu    sync.Mutex
	lru   *simplelru.LRU[streamKey, *cached]
	bytes int
}

// cached is a state in the cache. While a stream is read page by page its state is partial: the log is known to have more,
// and nothing is decided on it, but reading goes on from there.
type cached struct {
	folded
	partial bool
	kept    kept
}

// entryOverhead counts the bytes that a cached state costs beside itself.
const entryOverhead = 256

func newStates(codec *Codec, o Options) (*states, error) {
	s := &states{codec: codec, bytesMax: o.CacheBytes}
	kept := &snapshots{db: o.Reads, log: o.Log}
	s.loader, s.keeper = newLoader(s, o.Reads, kept, o.Timeout), newKeeper(s, kept)
	var err error
	s.lru, err = simplelru.NewLRU(1<<31-1, func(_ streamKey, evicted *cached) {
		s.bytes -= evicted.state.Size() + entryOverhead
	})
	return s, err
}

// get finds a state that may be decided on.
func (s *states) get(key streamKey) (folded, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.lru.Get(key); ok && !held.partial {
		return held.folded, true
	}
	return folded{}, false
}

// known finds how far a stream was folded; that is nowhere for a stream that the cache does not hold.
func (s *states) known(key streamKey) folded {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.lru.Get(key); ok {
		return held.folded
	}
	return folded{}
}

// put keeps a state unless a newer one is there.
func (s *states) put(key streamKey, fresh folded) { s.keep(key, cached{folded: fresh}) }

// putRead keeps what was read of a stream, also where its end was not reached.
func (s *states) putRead(ledger uuid.UUID, r *reading) {
	if !errors.Is(r.err, errLost) && (r.known.version > 0 || r.ended()) {
		s.keep(streamKey{ledger, r.stream}, cached{r.known, !r.ended(), r.kept})
	}
}

func (s *states) keep(key streamKey, fresh cached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.lru.Get(key)
	if ok {
		if held.version > fresh.version || held.version == fresh.version && (fresh.partial || !held.partial) {
			return
		}
		s.bytes -= held.state.Size()
		if held.kept.version > fresh.kept.version {
			fresh.kept = held.kept
		}
		*held = fresh
	} else {
		s.bytes += entryOverhead
		held = &fresh
		s.lru.Add(key, held)
	}
	s.bytes += fresh.state.Size()
	for s.bytes > s.bytesMax && s.lru.Len() > 1 {
		s.lru.RemoveOldest()
	}
	if s.due(key, held) {
		s.keeper.want(key)
	}
}

// due reports whether enough came since the last snapshot of a stream.
func (s *states) due(key streamKey, held *cached) bool {
	if held.partial || held.position == 0 || held.version-held.kept.version < snapshotEvents ||
		held.bytes-held.kept.bytes < int64(held.kept.size) {
		return false
	}
	streamType, err := s.codec.streamType(key.stream)
	return err == nil && streamType.Snapshot != nil
}

// wasKept notes that a snapshot was written.
func (s *states) wasKept(key streamKey, k kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.lru.Peek(key); ok && held.kept.version < k.version {
		held.kept = k
	}
}

// forget drops what is known of a ledger, because the log has lost an event of one of its streams, and so perhaps of others.
// Whatever still comes back from before is found out by the leaf of its last event.
func (s *states) forget(ledger uuid.UUID, stream domain.Stream) {
	s.mu.Lock()
	for _, key := range s.lru.Keys() {
		if key.ledger == ledger {
			s.lru.Remove(key)
		}
	}
	s.mu.Unlock()
	s.onLoss(ledger, stream)
}

// load gives the states of the streams, reading those that the cache does not hold.
func (s *states) load(ctx context.Context, ledger uuid.UUID, streams []domain.Stream) ([]folded, error) {
	loaded := make([]folded, len(streams))
	var missing []int
	for i, stream := range streams {
		held, ok := s.get(streamKey{ledger, stream})
		if !ok {
			missing = append(missing, i)
		}
		loaded[i] = held
	}
	if len(missing) == 0 {
		return loaded, nil
	}
	keys := make([]streamKey, len(missing))
	for i, at := range missing {
		keys[i] = streamKey{ledger, streams[at]}
	}
	fresh, err := s.loader.load(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, at := range missing {
		loaded[at] = fresh[i]
	}
	return loaded, nil
}

// refresh brings the cached states of the streams to the present.
func (s *states) refresh(ctx context.Context, ledger uuid.UUID, streams []domain.Stream) error {
	keys := make([]streamKey, len(streams))
	for i, stream := range streams {
		keys[i] = streamKey{ledger, stream}
	}
	_, err := s.loader.load(ctx, keys)
	return err
}
