package engine

import (
	"sync"

	"github.com/google/uuid"
)

// positions tells waiting readers that this process has applied the page that they wait for. Each reader waits for a
// position of its own, so that a page wakes only those whom it serves.
type positions struct {
	mu      sync.Mutex
	waiting map[positionKey]map[*reader]struct{}
}

type positionKey struct {
	projection string
	ledger     uuid.UUID
}

type reader struct {
	minimum int64
	reached chan struct{}
}

func newPositions() *positions {
	return &positions{waiting: map[positionKey]map[*reader]struct{}{}}
}

// await gives a channel that closes when this process applies a page up to minimum or beyond. The reader must call
// forget in any case.
func (p *positions) await(projection string, ledger uuid.UUID, minimum int64) (reached <-chan struct{}, forget func()) {
	if minimum <= 0 {
		return nil, func() {}
	}
	key := positionKey{projection, ledger}
	r := &reader{minimum: minimum, reached: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[key] == nil {
		p.waiting[key] = map[*reader]struct{}{}
	}
	p.waiting[key][r] = struct{}{}
	return r.reached, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting[key], r)
		if len(p.waiting[key]) == 0 {
			delete(p.waiting, key)
		}
	}
}

// advance wakes the readers who waited for a position up to this one.
func (p *positions) advance(projection string, ledger uuid.UUID, position int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	readers := p.waiting[positionKey{projection, ledger}]
	for r := range readers {
		if r.minimum <= position {
			close(r.reached)
			delete(readers, r)
		}
	}
}
