package process

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/projections/webhooks"
)

var (
	metricUnsent = prometheus.NewDesc("tallystick_webhooks_due",
		"Webhook deliveries of live ledgers that are to be tried now, at most 10 000 of an endpoint, by whatever process.", nil, nil)
	metricUnsentAge = prometheus.NewDesc("tallystick_webhooks_lag_seconds", "Time since the first webhook delivery was due that is not tried.", nil, nil)
	metricEndpoints = prometheus.NewDesc("tallystick_webhook_endpoints",
		"Webhook endpoints of live ledgers: enabled, troubled (enabled, and the last attempts failed), or why they are disabled: gone, failing, manual.",
		[]string{"condition"}, nil)
)

// resultDelivered counts an attempt that did not fail. Those that failed have courier's words.
const resultDelivered = "delivered"

func newAttempts() *prometheus.CounterVec {
	attempts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tallystick_webhook_attempts_total", Help: "Attempts of this process to deliver webhooks: delivered, or why they failed.",
	}, []string{"result"})
	for _, result := range append([]string{resultDelivered}, courier.Errors...) {
		attempts.WithLabelValues(result)
	}
	return attempts
}

// count counts an attempt.
func (d *Deliveries) count(a courier.Answer) {
	d.attempts.WithLabelValues(cmp.Or(a.Error, resultDelivered)).Inc()
}

// Describe names the metrics.
func (d *Deliveries) Describe(descriptions chan<- *prometheus.Desc) {
	d.attempts.Describe(descriptions)
	for _, description := range []*prometheus.Desc{metricUnsent, metricUnsentAge, metricEndpoints} {
		descriptions <- description
	}
}

// Collect asks the read model. When that or the database is away only what this process did is shown.
func (d *Deliveries) Collect(shown chan<- prometheus.Metric) {
	d.attempts.Collect(shown)
	show := func(what *prometheus.Desc, value float64, labels ...string) {
		shown <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	now := d.Now()
	var backlog webhooks.Backlog
	var conditions map[string]int
	_, err := d.Engine.Read(ctx, webhooks.Model.Name, uuid.Nil, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		if backlog, err = webhooks.CountBacklog(ctx, tx, now); err != nil {
			return err
		}
		conditions, err = webhooks.CountConditions(ctx, tx)
		return err
	})
	if err != nil {
		d.Log.WarnContext(ctx, "which webhooks are to be sent is unknown", slog.Any("error", err))
		return
	}
	show(metricUnsent, float64(backlog.Due))
	age := time.Duration(0)
	if backlog.Due > 0 {
		age = max(0, now.Sub(backlog.Oldest))
	}
	show(metricUnsentAge, age.Seconds())
	for _, condition := range webhooks.Conditions {
		show(metricEndpoints, float64(conditions[condition]), condition)
	}
}
