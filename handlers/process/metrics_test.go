package process

import (
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// shown gives the metrics of the deadlines by their names.
func (p *program) shown() map[string]float64 {
	p.bench.t.Helper()
	registry := prometheus.NewRegistry()
	p.bench.must(registry.Register(p.Deadlines))
	families, err := registry.Gather()
	p.bench.must(err)
	values := map[string]float64{}
	for _, family := range families {
		values[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	return values
}

// TestMetrics counts what is due before anybody has carried it out, and what was left alone afterwards. Sandboxes, whose clocks
// stand, count for nothing.
func TestMetrics(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("live", eventstore.ModeLive)
	p.open(ledger, 2)
	p.open(b.ledger("sandbox", eventstore.ModeSandbox), 2)
	tail, err := eventstore.Tail(b.ctx, p.pool, ledger.ID)
	b.must(err)
	testbed.Eventually(t, "the read model has all there is", func() bool { return p.engine.Await(b.ctx, ledger.ID, tail) == nil })
	expect := func(name string, due, late, lag, left float64) {
		t.Helper()
		want := map[string]float64{
			"tallystick_deadlines_due": due, "tallystick_deadlines_late": late, "tallystick_deadlines_lag_seconds": lag, "tallystick_deadlines_left_alone": left,
		}
		if got := p.shown(); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	expect("nothing is due", 0, 0, 0, 0)
	end := p.periodEnd(ledger, "w0")
	b.goTo(end.AddDate(0, 0, -7))
	p.sweepUntilDone(ledger) // tells of the renewals
	b.goTo(end.Add(time.Second))
	expect("renewals are due", 2, 0, 1, 0)
	b.goTo(end.Add(lateAfter + time.Second))
	expect("nobody has carried them out", 2, 2, 61, 0)
	p.sweepUntilDone(ledger)
	expect("all are carried out", 0, 0, 0, 0)
	b.claim(ledger, "seating:nobody", begin)
	b.must(p.sweep(b.ctx))
	expect("one is left alone", 1, 1, b.now().Sub(begin).Seconds(), 1)
}
