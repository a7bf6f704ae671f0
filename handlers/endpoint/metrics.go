package endpoint

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// metrics count requests and commands. Labels have few values: routes are templates, codes are those of the program.
type metrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	commands *prometheus.CounterVec
	handler  http.Handler
}

func newMetrics(registry *prometheus.Registry, o Options) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tallystick_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tallystick_http_request_duration_seconds", Help: "Time from the request's headers to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tallystick_commands_total", Help: "Commands by what became of them: done, replayed, dry_run, or the code of the refusal.",
		}, []string{"command", "result"}),
		handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	all := []prometheus.Collector{m.requests, m.took, m.commands, newReleaseMetric(o.Codec), newLag(o.Engine, o.Log)}
	if o.Store != nil {
		all = append(all, o.Store.Collectors()...)
	}
	for _, collector := range all {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// newReleaseMetric tells whether this process has met an event of a newer release.
func newReleaseMetric(codec *eventstore.Codec) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tallystick_waits_for_newer_release",
		Help: "1 once this process has met an event that only a newer release knows; it is not ready then.",
	}, func() float64 {
		if codec.Newer() != nil {
			return 1
		}
		return 0
	})
}

func (m *metrics) observe(c *Call, status int, took time.Duration) {
	method, route := method(c.http.Request().Method), c.route.Path
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(method, route).Observe(took.Seconds())
	if c.route.Changes() {
		m.commands.WithLabelValues(c.route.ID, c.result).Inc()
	}
}

// Metrics shows the numbers for Prometheus. They need no credential and name ledgers, so they have no route of the API: who
// serves them decides who can reach them.
func (s *Server) Metrics() http.Handler { return s.metrics.handler }

// lagTimeout bounds how long a scrape waits for the database.
const lagTimeout = 2 * time.Second

// lagLedgers bounds how many ledgers a scrape names: those that are furthest behind.
const lagLedgers = 20

// lag tells each scrape how far projections are behind.
type lag struct {
	models  *engine.Engine
	log     *slog.Logger
	ledgers *prometheus.Desc
	events  *prometheus.Desc
	age     *prometheus.Desc
	of      *prometheus.Desc
	failing *prometheus.Desc
}

func newLag(models *engine.Engine, log *slog.Logger) *lag {
	labels := []string{"projection", "version"}
	return &lag{
		models:  models,
		log:     log,
		ledgers: prometheus.NewDesc("tallystick_projection_ledgers_behind", "Ledgers in which a projection has something to apply.", labels, nil),
		events:  prometheus.NewDesc("tallystick_projection_lag_events", "Events that a projection has not applied yet, over at most 1 000 ledgers.", labels, nil),
		age:     prometheus.NewDesc("tallystick_projection_lag_seconds", "Age of the oldest of these events.", labels, nil),
		of: prometheus.NewDesc("tallystick_projection_ledger_lag_events", "The same events of the ledgers that are furthest behind.",
			append(labels, "ledger"), nil),
		failing: prometheus.NewDesc("tallystick_projection_ledgers_failing",
			"Ledgers in which a projection failed at an event: it is retrying, or has stopped until an operator lets it go on.", append(labels, "status"), nil),
	}
}

// Describe names the metrics.
func (l *lag) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{l.ledgers, l.events, l.age, l.of, l.failing} {
		descriptions <- description
	}
}

// Collect asks the database. When that is away the lag is missing, and the other metrics are shown.
func (l *lag) Collect(shown chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
	defer cancel()
	lags, behind, err := l.models.Lags(ctx)
	if err != nil {
		l.log.WarnContext(ctx, "lag of projections is unknown", slog.Any("error", err))
		return
	}
	show := func(what *prometheus.Desc, value float64, labels ...string) {
		shown <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value, labels...)
	}
	for _, total := range lags {
		version := strconv.Itoa(total.Version)
		show(l.ledgers, float64(total.Ledgers), total.Projection, version)
		show(l.events, float64(total.Events), total.Projection, version)
		show(l.age, total.Seconds, total.Projection, version)
		show(l.failing, float64(total.Retrying), total.Projection, version, string(engine.StatusRetrying))
		show(l.failing, float64(total.Stopped), total.Projection, version, string(engine.StatusStopped))
	}
	for _, r := range behind[:min(lagLedgers, len(behind))] {
		show(l.of, float64(r.Lag()), r.Projection, strconv.Itoa(r.Version), r.Ledger.String())
	}
}
