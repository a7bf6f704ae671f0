package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics tell how far publishing is, ledger by ledger.
type metrics struct {
	registry            *prometheus.Registry
	published, failures *prometheus.CounterVec
	position, lag       *prometheus.GaugeVec
}

func newMetrics() *metrics {
	label := []string{"ledger"}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_publish_" + name, Help: help}, label)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_publish_" + name, Help: help}, label)
	}
	m := &metrics{
		registry:  prometheus.NewRegistry(),
		published: counter("events_total", "Events that the broker took from this process."),
		failures:  counter("failures_total", "Times that publishing was interrupted, by the server or the broker."),
		position:  gauge("position", "Position up to which the ledger is published."),
		lag:       gauge("lag_events", "Events of the ledger behind that position, as of the last look."),
	}
	m.registry.MustRegister(m.published, m.failures, m.position, m.lag,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// ledgerMetrics are those of one ledger.
type ledgerMetrics struct {
	published, failures prometheus.Counter
	position, lag       prometheus.Gauge
}

func (m *metrics) of(ledger string) ledgerMetrics {
	return ledgerMetrics{
		published: m.published.WithLabelValues(ledger), failures: m.failures.WithLabelValues(ledger),
		position: m.position.WithLabelValues(ledger), lag: m.lag.WithLabelValues(ledger),
	}
}

func (m ledgerMetrics) at(position, tail int64) {
	m.position.Set(float64(position))
	m.lag.Set(float64(max(0, tail-position)))
}
