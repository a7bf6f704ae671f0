package sealer

import (
	"github.com/prometheus/client_golang/prometheus"
)

var (
	metricRefusing = prometheus.NewDesc("tallystick_audit_refusing", "1 for a ledger whose events are no longer sealed, because it is not what it was.", []string{"ledger"}, nil)
	metricSealed   = prometheus.NewDesc("tallystick_audit_sealed_events_total", "Events that this process has sealed.", nil, nil)
	metricFailures = prometheus.NewDesc("tallystick_audit_failures_total", "How often a ledger could not be sealed for a while.", nil, nil)
)

// Describe names the metrics.
func (s *Sealer) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{metricRefusing, metricSealed, metricFailures} {
		descriptions <- description
	}
}

// Collect shows what the sealer did.
func (s *Sealer) Collect(shown chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ledger, refusing := range s.checked {
		value := 0.0
		if refusing {
			value = 1
		}
		shown <- prometheus.MustNewConstMetric(metricRefusing, prometheus.GaugeValue, value, ledger.String())
	}
	shown <- prometheus.MustNewConstMetric(metricSealed, prometheus.CounterValue, float64(s.events))
	shown <- prometheus.MustNewConstMetric(metricFailures, prometheus.CounterValue, float64(s.failures))
}
