package eventstore_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// TestDecidedAhead lets commands be decided while a batch is away: on one that is appended, on one that is refused because another
// process was faster, and on one that does not get the lock.
func TestDecidedAhead(t *testing.T) {
	t.Parallel()
	const room, callers = 100, 150
	for _, other := range []string{"alone", "beside another process", "while the ledger is locked elsewhere"} {
		t.Run(other, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			stores := []*eventstore.Store{b.process(eventstore.Options{})}
			if other == "beside another process" {
				stores = append(stores, b.process(eventstore.Options{}))
			}
			b.execute(stores[0], put("box:a", room, "first"))
			unlock := func() {}
			if other == "while the ledger is locked elsewhere" {
				unlock = b.holdLock()
			}
			var full atomic.Int64
			var working sync.WaitGroup
			for caller := range callers {
				working.Go(func() {
					_, err := stores[caller%len(stores)].Execute(b.ctx, b.ledger, put("box:a", room, fmt.Sprintf("ball-%d", caller)))
					if rejection, refused := errors.AsType[*domain.Rejection](err); refused && rejection.Code == "box_full" {
						full.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			if other == "while the ledger is locked elsewhere" {
				b.awaitWaiting(1)
			}
			unlock()
			working.Wait()
			if put := len(b.events()); put != room || full.Load() != callers+1-room {
				t.Errorf("%d balls are in a box for %d, and %d callers were told that it is full", put, room, full.Load())
			}
		})
	}
}
