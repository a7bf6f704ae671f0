package process

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/projections"
)

const (
	// lateAfter bounds how long a deadline may be due until it counts as late.
	lateAfter = time.Minute
	// scrapeTimeout bounds how long a scrape waits for the database.
	scrapeTimeout = 2 * time.Second
)

var (
	metricDue = prometheus.NewDesc("tallystick_deadlines_due",
		"Deadlines of live ledgers that are due and not carried out, at most 10 000, by whatever process.", nil, nil)
	metricLate = prometheus.NewDesc("tallystick_deadlines_late",
		"Deadlines of live ledgers that have been due for over a minute: nobody carries them out, or they wait for an operator.", nil, nil)
	metricDelay = prometheus.NewDesc("tallystick_deadlines_lag_seconds", "Time since the first deadline was due that is not carried out.", nil, nil)
	metricLeft  = prometheus.NewDesc("tallystick_deadlines_left_alone",
		"Deadlines that this process could not carry out, and leaves alone for ten minutes.", nil, nil)
)

// Describe names the metrics.
func (d *Deadlines) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{metricDue, metricLate, metricDelay, metricLeft} {
		descriptions <- description
	}
}

// Collect asks the read model. When that or the database is away only what this process left alone is shown.
func (d *Deadlines) Collect(shown chan<- prometheus.Metric) {
	show := func(what *prometheus.Desc, value float64) {
		shown <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value)
	}
	show(metricLeft, float64(d.leftAlone()))
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	now := d.now()
	var backlog projections.Backlog
	_, err := d.engine.Read(ctx, projections.Deadlines.Name, uuid.Nil, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		backlog, err = projections.CountBacklog(ctx, tx, now, now.Add(-lateAfter))
		return err
	})
	if err != nil {
		d.log.WarnContext(ctx, "what is due is unknown", slog.Any("error", err))
		return
	}
	show(metricDue, float64(backlog.Due))
	show(metricLate, float64(backlog.Late))
	delay := time.Duration(0)
	if backlog.Due > 0 {
		delay = now.Sub(backlog.Oldest)
	}
	show(metricDelay, delay.Seconds())
}

// leftAlone counts the deadlines that are left alone now.
func (d *Deadlines) leftAlone() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, until := range d.parked {
		if d.now().Before(until) {
			n++
		}
	}
	return n
}
