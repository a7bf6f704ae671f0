package serve

import (
	"runtime"
	"runtime/debug"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// newRegistry has the metrics of the process, its connections and what runs in it. The server adds those of its own.
func newRegistry(h *house.House, r Running) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(), rolesMetric(r.roles),
		poolCollector{"append": h.Appends, "query": h.Queries, "feed": h.Feed},
	)
	if r.roles.Has(house.RoleProcess) {
		registry.MustRegister(r.deadlines, r.deliveries)
	}
	if r.sealer != nil {
		registry.MustRegister(r.sealer)
	}
	if h.Standby != nil {
		registry.MustRegister(h.Standby)
	}
	return registry
}

// buildInfo tells what runs.
func buildInfo() prometheus.Collector {
	revision := "unknown"
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range build.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "tallystick_build_info", Help: "1, with what this program was built of.",
		ConstLabels: prometheus.Labels{"version": house.Version, "revision": revision, "goversion": runtime.Version()},
	})
	info.Set(1)
	return info
}

// poolCollector shows the connections to the database, by the name of their pool.
type poolCollector map[string]*pgxpool.Pool

var (
	metricConnections = prometheus.NewDesc("tallystick_pool_connections", "Connections to the database, by what they do.", []string{"pool", "state"}, nil)
	metricLimit       = prometheus.NewDesc("tallystick_pool_connections_max", "Connections that the pool may have.", []string{"pool"}, nil)
	metricAcquired    = prometheus.NewDesc("tallystick_pool_acquires_total", "How often a connection was taken.", []string{"pool"}, nil)
	metricStarved     = prometheus.NewDesc("tallystick_pool_waits_total", "How often no connection was free.", []string{"pool"}, nil)
	metricStarving    = prometheus.NewDesc("tallystick_pool_wait_seconds_total", "Time that was waited because no connection was free.", []string{"pool"}, nil)
)

// Describe names the metrics.
func (p poolCollector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{metricConnections, metricLimit, metricAcquired, metricStarved, metricStarving} {
		descriptions <- description
	}
}

// Collect asks the pools.
func (p poolCollector) Collect(shown chan<- prometheus.Metric) {
	for name, pool := range p {
		stat := pool.Stat()
		show := func(what *prometheus.Desc, of prometheus.ValueType, value float64, labels ...string) {
			shown <- prometheus.MustNewConstMetric(what, of, value, append([]string{name}, labels...)...)
		}
		show(metricConnections, prometheus.GaugeValue, float64(stat.AcquiredConns()), "busy")
		show(metricConnections, prometheus.GaugeValue, float64(stat.IdleConns()), "idle")
		show(metricConnections, prometheus.GaugeValue, float64(stat.ConstructingConns()), "connecting")
		show(metricLimit, prometheus.GaugeValue, float64(stat.MaxConns()))
		show(metricAcquired, prometheus.CounterValue, float64(stat.AcquireCount()))
		show(metricStarved, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
		show(metricStarving, prometheus.CounterValue, stat.EmptyAcquireWaitTime().Seconds())
	}
}
