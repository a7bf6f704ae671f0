package eventstore_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// TestDecidedAhead lets commands be decided while a batch is away: on one that is appended, on one that another process makes stale,
// and on one that the database refuses. They come all at once, when what waited for the lock has it.
func TestDecidedAhead(t *testing.T) {
	t.Parallel()
	const room, callers = 100, 150
	for name, of := range map[string]struct {
		stores, bad int
		fill        func(box string) eventstore.Command
	}{
		"alone":                   {1, 0, func(box string) eventstore.Command { return put(domain.Stream(box), room, "ball") }},
		"beside another process":  {2, 0, func(box string) eventstore.Command { return put(domain.Stream(box), room, "ball") }},
		"beside bad values":       {1, 6, func(box string) eventstore.Command { return put(domain.Stream(box), room, "ball") }},
		"a stream that is begun":  {1, 6, func(box string) eventstore.Command { return fillBegun(box, room) }},
		"one that others fill up": {2, 6, func(box string) eventstore.Command { return fillBegun(box, room) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var stores []*eventstore.Store
			for range of.stores {
				stores = append(stores, b.process(eventstore.Options{}))
			}
			release := b.holdLock()
			var working sync.WaitGroup
			working.Go(func() { b.execute(stores[0], put("box:first", 1, "ball")) })
			b.awaitWaiting(1)
			var full atomic.Int64
			for caller := range callers {
				working.Go(func() {
					c, bad := of.fill("box:a"), of.bad > 0 && caller%(callers/max(of.bad, 1)) == 3
					if bad {
						c.Actor = "nul \x00 byte"
					}
					_, err := stores[caller%len(stores)].Execute(b.ctx, b.ledger, c)
					switch {
					case code(err) == "box_full":
						full.Add(1)
					case (err != nil) != bad:
						t.Errorf("command %d: %v", caller, err)
					}
				})
			}
			release()
			working.Wait()
			if put := len(b.events()) - 1; put != room {
				t.Errorf("%d balls are in a box for %d", put, room)
			}
			if told := int(full.Load()); told < callers-of.bad-room {
				t.Errorf("%d callers were told that the box is full, want at least %d", told, callers-of.bad-room)
			}
			for _, store := range stores {
				if lost := store.Stats().Divergences; lost > 0 {
					t.Errorf("the log is said to have lost events %d times", lost)
				}
			}
		})
	}
}
