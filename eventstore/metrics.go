package eventstore

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics measure the round trips that append.
type metrics struct {
	commands prometheus.Histogram
	took     prometheus.Histogram
}

func newMetrics() metrics {
	return metrics{
		commands: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tallystick_append_batch_commands", Help: "Commands that were appended in one round trip.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, batchCommandsMax},
		}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tallystick_append_duration_seconds", Help: "Time of a round trip that appends.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
	}
}

// observe notes a round trip of so many commands that has just ended.
func (m *metrics) observe(commands int, begun time.Time) {
	m.commands.Observe(float64(commands))
	m.took.Observe(time.Since(begun).Seconds())
}

// Collectors give the store's metrics, for whoever registers them.
func (s *Store) Collectors() []prometheus.Collector {
	return []prometheus.Collector{
		s.metrics.commands, s.metrics.took,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tallystick_executors", Help: "Ledgers that commands came for in the last minute.",
		}, func() float64 { return float64(s.Stats().Executors) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tallystick_commands_waiting", Help: "Commands in the queues of all ledgers.",
		}, func() float64 { return float64(s.Stats().Waiting) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tallystick_commands_waiting_bytes", Help: "Size of the requests that these commands were made of.",
		}, func() float64 { return float64(s.Stats().WaitingBytes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "tallystick_log_divergences_total",
			Help: "How often the log turned out to have lost events that this process knew, by a failover or a restore.",
		}, func() float64 { return float64(s.Stats().Divergences) }),
	}
}
