package projections

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// randomHistory differs from run to run; its seed is in the log of a test that fails.
func randomHistory(t testing.TB, commands int) *books {
	t.Helper()
	seed := rand.IntN(1 << 30)
	t.Logf("history of seed %d", seed)
	return histories(commands, commands).Example(seed)
}

// allocations are events of a full workspace: each command gives one member a seat and takes it back from another.
func allocations(workspace string, from, n int) group {
	var events []domain.Event
	for i := from; i < from+n; i++ {
		events = append(events, seating.Allocated{Member: fmt.Sprintf("m%d", i), Role: seating.RoleMember, Since: begin})
		if i >= 50 {
			events = append(events, seating.Released{
				Member: fmt.Sprintf("m%d", i-50), Role: seating.RoleMember, State: seating.StatusActive,
			})
		}
	}
	return group{{seating.Stream(workspace), events}}
}

// appender appends without a pause until it is stopped.
type appender struct {
	stop func() (last int64)
}

// appending writes to one workspace of a ledger; told are engines that hear of it, as those of its own process do.
func (b *bench) appending(ledger eventstore.Ledger, workspace string, told ...*process) *appender {
	stop, ended := make(chan struct{}), make(chan struct{})
	var last int64
	go func() {
		defer close(ended)
		for i := 0; ; i += 3 {
			select {
			case <-stop:
				return
			default:
			}
			outcome, err := b.store.Execute(b.ctx, ledger, allocations(workspace, i, 3).command())
			if err != nil {
				b.t.Errorf("append: %v", err)
				return
			}
			last = outcome.LastPosition
			for _, p := range told {
				p.Appended(ledger.ID, last)
			}
		}
	}()
	a := &appender{stop: sync.OnceValue(func() int64 {
		close(stop)
		<-ended
		return last
	})}
	b.t.Cleanup(func() { a.stop() })
	return a
}
