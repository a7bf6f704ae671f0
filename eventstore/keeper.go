package eventstore

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// snapshotEvents counts the events between two snapshots of a stream; as many bytes of events as the snapshot has are
// between them too, so that keeping a large state costs no more than its events did.
const snapshotEvents = 500

// snapshotTimeout bounds the writing of one snapshot.
const snapshotTimeout = 10 * time.Second

// keeper writes snapshots of states that are due, one after the other, while others work.
type keeper struct {
	states    *states
	snapshots *snapshots
	wake      chan struct{} // something is due

	mu  sync.Mutex
	due map[streamKey]bool
}

func newKeeper(states *states, snapshots *snapshots) *keeper {
	return &keeper{states: states, snapshots: snapshots, wake: make(chan struct{}, 1), due: map[streamKey]bool{}}
}

// want asks for a snapshot of a stream.
func (k *keeper) want(key streamKey) {
	k.mu.Lock()
	k.due[key] = true
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run writes until stop is closed.
func (k *keeper) run(stop <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-stop
		cancel()
	}()
	for {
		select {
		case <-k.wake:
		case <-ctx.Done():
			return
		}
		for key, more := k.next(); more && ctx.Err() == nil; key, more = k.next() {
			k.keep(ctx, key)
		}
	}
}

func (k *keeper) next() (streamKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.due {
		delete(k.due, key)
		return key, true
	}
	return streamKey{}, false
}

// keep writes the snapshot of a stream, unless the state has left the cache. What fails here is tried again when more events
// have passed.
func (k *keeper) keep(ctx context.Context, key streamKey) {
	at, ok := k.states.get(key)
	if !ok || k.snapshots.rests() {
		return
	}
	streamType, err := k.states.codec.streamType(key.stream)
	if err != nil {
		return
	}
	data, err := encodeSnapshot(streamType.Snapshot, at.state)
	if err != nil {
		k.snapshots.log.Warn("a state can't be kept", slog.String("ledger", key.ledger.String()),
			slog.String("stream", string(key.stream)), slog.Any("error", err))
	} else {
		ctx, cancel := context.WithTimeout(ctx, snapshotTimeout)
		defer cancel()
		if err := k.snapshots.write(ctx, key, streamType.Snapshot.Revision, at, data); err != nil {
			k.snapshots.rest(err)
			return
		}
	}
	k.states.wasKept(key, kept{version: at.version, bytes: at.bytes, size: len(data)})
}
