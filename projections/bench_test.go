package projections

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// fill appends about n seat events of 200 workspaces: allocations, invitations, acceptances, changes of role, releases.
func (b *bench) fill(n int) (position int64) {
	b.T.Helper()
	const workspaces, each = 200, 50
	next := make(chan int)
	var appending sync.WaitGroup
	var mu sync.Mutex
	for range 16 {
		appending.Go(func() {
			for i := range next {
				outcome, err := b.Store.Execute(b.Ctx, b.Ledger, seatHour(i%workspaces, i/workspaces, each).Command())
				if err != nil {
					b.T.Errorf("append: %v", err)
					return
				}
				mu.Lock()
				position = max(position, outcome.LastPosition)
				mu.Unlock()
			}
		})
	}
	for i := range (n + each - 1) / each {
		next <- i
	}
	close(next)
	appending.Wait()
	return position
}

// seatHour gives n events of a workspace within an hour.
func seatHour(workspace, hour, n int) testbed.Group {
	var facts []domain.Event
	since := begin.Add(time.Duration(hour) * time.Hour)
	for i := 0; len(facts) < n; i++ {
		member := fmt.Sprintf("member-%d-%d", hour, i)
		facts = append(facts,
			seating.Reserved{Member: member, Role: seating.RoleMember, Since: since},
			seating.Accepted{Member: member, Role: seating.RoleMember, Since: since.Add(time.Minute)},
			seating.RoleChanged{Member: member, From: seating.RoleMember, To: seating.RoleAdmin, State: seating.StatusActive})
		if hour > 0 {
			facts = append(facts, seating.Released{
				Member: fmt.Sprintf("member-%d-%d", hour-1, i), Role: seating.RoleAdmin, State: seating.StatusActive,
			})
		}
	}
	return testbed.To(seating.Stream(fmt.Sprintf("workspace-%d", workspace)), facts[:n]...)
}

// BenchmarkEngine applies a log of 200 000 seat events, all read models at once, and then rebuilds each of them.
func BenchmarkEngine(b *testing.B) {
	bench := setup(b)
	last := bench.fill(200_000)
	bench.Exec(`VACUUM ANALYZE`)
	rate := func(begun time.Time) float64 { return float64(last) / time.Since(begun).Seconds() }
	for b.Loop() {
		for _, model := range All() {
			bench.Exec(fmt.Sprintf(`DROP SCHEMA IF EXISTS %[1]s_1, %[1]s_2 CASCADE`, model.Name))
		}
		bench.Exec(`TRUNCATE tallystick.projection_versions, tallystick.projection_checkpoints`)
		begun := time.Now()
		p := bench.run()
		p.await(last)
		b.ReportMetric(rate(begun), "all-events/s")
		for _, projection := range All() {
			runtime.GC()
			begun := time.Now()
			if _, err := p.Rebuild(bench.Ctx, projection.Name, nil); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(rate(begun), projection.Name+"-events/s")
		}
		p.stop()
	}
}
