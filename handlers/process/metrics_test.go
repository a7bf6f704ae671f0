package process

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/webhooks"
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

// TestMetricsOfDeliveries counts what is to be sent and what came of it. Sandboxes count for nothing but attempts.
func TestMetricsOfDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, stop := b.delivering(pgtest.Patience)
	ledger, sandbox := b.ledger("live", eventstore.ModeLive), b.ledger("sandbox", eventstore.ModeSandbox)
	fails, gone := b.receiver(500), b.receiver(410)
	p.listen(ledger, fails.URL)
	p.listen(ledger, gone.URL)
	p.listen(sandbox, gone.URL)
	expect := func(name string, want map[string]float64) {
		t.Helper()
		registry := prometheus.NewRegistry()
		b.must(registry.Register(p.deliveries))
		families, err := registry.Gather()
		b.must(err)
		got := map[string]float64{}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				key := strings.TrimPrefix(family.GetName(), "tallystick_webhook")
				for _, label := range metric.GetLabel() {
					key += " " + label.GetValue()
				}
				if value := metric.GetGauge().GetValue() + metric.GetCounter().GetValue(); value != 0 {
					got[key] = value
				}
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	b.must(p.Settle(b.ctx, ledger))
	expect("nothing happened", map[string]float64{"_endpoints enabled": 2})
	p.happen(ledger, "acme")
	p.happen(sandbox, "acme")
	b.must(p.Settle(b.ctx, ledger))
	b.must(p.Settle(b.ctx, sandbox))
	tried := map[string]float64{"_attempts_total status": 3, "_endpoints troubled": 1, "_endpoints gone": 1}
	expect("one is tried again later", tried)
	stop()
	b.goTo(b.now().Add(time.Hour))
	again := maps.Clone(tried)
	again["s_due"] = 1
	seen := p.backlog()
	again["s_lag_seconds"] = b.now().Sub(seen.Oldest).Seconds()
	expect("it is due again", again)
	p.happen(ledger, "acme")
	tail, err := eventstore.Tail(b.ctx, p.pool, ledger.ID)
	b.must(err)
	testbed.Eventually(t, "the read model has all there is", func() bool { return p.engine.Await(b.ctx, ledger.ID, tail) == nil })
	again["s_due"] = 2
	expect("another is due", again)
	if wait := b.now().Sub(seen.Oldest); wait < 50*time.Minute || wait > time.Hour {
		t.Errorf("the first was due for %v", wait)
	}
}

// backlog asks what is to be sent.
func (p *program) backlog() (backlog webhooks.Backlog) {
	p.bench.t.Helper()
	_, err := p.engine.Read(p.bench.ctx, webhooks.Model.Name, uuid.Nil, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		backlog, err = webhooks.CountBacklog(ctx, tx, p.bench.now())
		return err
	})
	p.bench.must(err)
	return backlog
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
