package standby

import "github.com/prometheus/client_golang/prometheus"

var (
	metricServes  = prometheus.NewDesc("tallystick_standby_serves", "1 while queries go to the standby.", nil, nil)
	metricLag     = prometheus.NewDesc("tallystick_standby_lag_seconds", "Time since the primary passed what the standby has replayed, as of the last look.", nil, nil)
	metricQueries = prometheus.NewDesc("tallystick_queries_total", "Queries of read models, by the database that answered them.", []string{"database"}, nil)
)

// Describe names the metrics.
func (s *Standby) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- metricServes
	descriptions <- metricLag
	descriptions <- metricQueries
}

// Collect shows what the last look found.
func (s *Standby) Collect(shown chan<- prometheus.Metric) {
	s.mu.Lock()
	lag := s.lag
	s.mu.Unlock()
	serves := 0.0
	if s.serves.Load() {
		serves = 1
	}
	shown <- prometheus.MustNewConstMetric(metricServes, prometheus.GaugeValue, serves)
	shown <- prometheus.MustNewConstMetric(metricLag, prometheus.GaugeValue, lag.Seconds())
	shown <- prometheus.MustNewConstMetric(metricQueries, prometheus.CounterValue, float64(s.toIt.Load()), "standby")
	shown <- prometheus.MustNewConstMetric(metricQueries, prometheus.CounterValue, float64(s.back.Load()), "primary")
}
