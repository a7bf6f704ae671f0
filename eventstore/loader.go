package eventstore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	loadsMax       = 4     // round trips at once
	loadStreamsMax = 100   // streams of one round trip
	loadFirstPage  = 250   // events of each
	loadPage       = 2_000 // events of one that has more
)

// loader reads streams that are not in the cache. Everybody who misses a stream waits for the same flight, and those that
// wait on one ledger fly together: what gathers while others are on their way goes in one round trip.
//
// A stream is read page by page, and each page is kept in the cache. It is read for as long as somebody waits; who comes
// later goes on from there.
type loader struct {
	states    *states
	db        Querier
	snapshots *snapshots
	timeout   time.Duration   // of a round trip; a stream takes as many as it has pages
	ctx       context.Context // until close
	cancel    context.CancelFunc

	mu      sync.Mutex
	flights map[streamKey]*flight
	gates   map[uuid.UUID]*gate
	turns   []uuid.UUID // ledgers at whose gates flights wait
	working int
	closed  bool
	running sync.WaitGroup
}

// gate makes the flights of a ledger wait for each other.
type gate struct {
	short []*flight // nothing was read yet
	long  []*flight // there is more than a page
}

// flight is the reading of one stream.
type flight struct {
	key     streamKey
	waiting int // callers
	long    bool
	looked  bool          // at its snapshot
	landed  chan struct{} // closed when the rest is set
	folded  folded
	err     error
}

func newLoader(states *states, db Querier, snapshots *snapshots, timeout time.Duration) *loader {
	l := &loader{
		states: states, db: db, snapshots: snapshots, timeout: timeout, flights: map[streamKey]*flight{}, gates: map[uuid.UUID]*gate{},
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// load reads the streams on from where the cache has them.
func (l *loader) load(ctx context.Context, keys []streamKey) ([]folded, error) {
	flights, err := l.board(keys)
	if err != nil {
		return nil, err
	}
	defer l.leave(flights)
	loaded := make([]folded, len(keys))
	for i, f := range flights {
		select {
		case <-f.landed:
			if f.err != nil {
				return nil, f.err
			}
			loaded[i] = f.folded
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return loaded, nil
}

// board joins the flights of the streams, those that wait and those under way.
func (l *loader) board(keys []streamKey) ([]*flight, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	flights := make([]*flight, len(keys))
	for i, key := range keys {
		f, known := l.flights[key]
		if !known {
			f = &flight{key: key, landed: make(chan struct{})}
			l.flights[key] = f
			g := l.gate(key.ledger)
			g.short = append(g.short, f)
		}
		f.waiting++
		flights[i] = f
	}
	if l.working < loadsMax && len(l.turns) > 0 {
		l.working++
		l.running.Go(l.work)
	}
	return flights, nil
}

func (l *loader) leave(flights []*flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range flights {
		f.waiting--
	}
}

// gate finds the ledger's gate and sees to it that it has a turn.
func (l *loader) gate(ledger uuid.UUID) *gate {
	g, known := l.gates[ledger]
	if !known {
		g = &gate{}
		l.gates[ledger] = g
		l.turns = append(l.turns, ledger)
	}
	return g
}

// work flies until nobody waits any more.
func (l *loader) work() {
	for {
		l.mu.Lock()
		boarded := l.take()
		if len(boarded) == 0 {
			l.working--
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.fly(boarded)
	}
}

// take gives the flights of the next round trip: many that just began and one that is long, so that neither waits for the
// other. Those that nobody waits for are left out.
func (l *loader) take() (boarded []*flight) {
	for len(boarded) == 0 && len(l.turns) > 0 {
		ledger := l.turns[0]
		l.turns = l.turns[1:]
		g := l.gates[ledger]
		boarded, g.short = l.pick(nil, g.short, loadStreamsMax)
		boarded, g.long = l.pick(boarded, g.long, 1)
		if len(g.short)+len(g.long) == 0 {
			delete(l.gates, ledger)
		} else {
			l.turns = append(l.turns, ledger)
		}
	}
	return boarded
}

func (l *loader) pick(boarded, from []*flight, limit int) (picked, rest []*flight) {
	for i, f := range from {
		switch {
		case limit == 0:
			return boarded, from[i:]
		case f.waiting == 0:
			delete(l.flights, f.key)
		default:
			boarded = append(boarded, f)
			limit--
		}
	}
	return boarded, nil
}

// fly makes the round trip, after one for snapshots of what may be long.
func (l *loader) fly(flights []*flight) {
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	ledger := flights[0].key.ledger
	readings := make([]*reading, len(flights))
	var look []*reading
	for i, f := range flights {
		r := l.states.codec.reading(f.key.stream, l.states.known(f.key), loadFirstPage)
		if f.long {
			r.limit = loadPage
		}
		if !f.looked && (f.long || r.known.version == 0) {
			f.looked = true
			look = append(look, r)
		}
		readings[i] = r
	}
	err := l.snapshots.read(ctx, ledger, look)
	if err == nil {
		err = l.states.codec.readOn(ctx, l.db, ledger, readings)
	}
	if stream, ok := lost(slices.Values(readings)); ok {
		l.states.forget(ledger, stream)
	}
	for i, f := range flights {
		readings[i].fail(err)
		l.land(f, readings[i])
	}
}

// land keeps what was read and ends the flight, unless there is more to read.
func (l *loader) land(f *flight, r *reading) {
	l.states.putRead(f.key.ledger, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case f.waiting == 0:
	case errors.Is(r.err, errLost): // it is read again from its first event
		f.long, f.looked = false, false
		g := l.gate(f.key.ledger)
		g.short = append(g.short, f)
		return
	case r.full():
		f.long = true
		g := l.gate(f.key.ledger)
		g.long = append(g.long, f)
		return
	}
	delete(l.flights, f.key)
	f.folded, f.err = r.known, r.err
	close(f.landed)
}

// close ends the flights that are under way; those who wait get an error.
func (l *loader) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel()
	l.running.Wait()
}
