package endpoint

import (
	"runtime"
	"sync/atomic"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// heavyBody is the size above which a body is work for a processor.
	heavyBody = 64 << 10
	// heavyWaiting bounds the large bodies that wait for their turn, in bytes.
	heavyWaiting = 64 << 20
)

// turns lets requests with a large body be worked on a few at a time, so that the processors have room for the others.
type turns struct {
	free  chan struct{}
	bytes atomic.Int64 // of those that wait or have their turn
}

func newTurns() *turns { return &turns{free: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))} }

// enter waits for the turn of a request with a large body.
func (c *Call) enter() error {
	t, size := c.server.turns, int64(len(c.body))
	if size <= heavyBody {
		return nil
	}
	if waiting := t.bytes.Add(size); waiting > heavyWaiting && waiting > size {
		t.bytes.Add(-size)
		return eventstore.ErrOverloaded
	}
	select {
	case t.free <- struct{}{}:
		c.turn = true
		return nil
	case <-c.ctx.Done():
		t.bytes.Add(-size)
		return eventstore.ErrOverloaded
	}
}

// leave ends the turn, before the request waits for others or for its client.
func (c *Call) leave() {
	if c.turn {
		c.turn = false
		c.server.turns.bytes.Add(-int64(len(c.body)))
		<-c.server.turns.free
	}
}
