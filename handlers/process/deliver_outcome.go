package process

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// waits holds the time from each attempt to the next one. The first attempt is at once.
var waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// nextAt gives the time of the attempt after so many, nil for none. In a live ledger it is up to a tenth off, so that what failed
// together does not come together again.
func nextAt(mode eventstore.Mode, at time.Time, tries int) *time.Time {
	if tries > len(waits) {
		return nil
	}
	wait := waits[tries-1]
	if mode == eventstore.ModeLive {
		wait += rand.N(wait/5) - wait/10
	}
	return new(at.Add(wait).Truncate(time.Microsecond))
}

// outcome keeps what is known of a delivery after an attempt.
type outcome struct {
	status  webhooks.Status
	tries   int
	nextAt  *time.Time
	attempt webhooks.Attempt
}

func (l *lane) outcomeOf(t try) outcome {
	o := outcome{status: webhooks.StatusDelivered, tries: t.Tries + 1, attempt: webhooks.Attempt{
		At: t.at, Status: t.answer.Status, Error: t.answer.Error, DurationMS: t.answer.Took.Milliseconds(),
	}}
	if t.answer.Delivered() {
		return o
	}
	o.status = webhooks.StatusRetrying
	if o.nextAt = nextAt(l.ledger.Mode, t.at, o.tries); o.nextAt == nil {
		o.status = webhooks.StatusExhausted
	}
	return o
}

// record keeps what came of attempts, and with them how far the endpoint was sent what is new. It gives the time since which
// nothing was delivered, nil where something was.
func (l *lane) record(ctx context.Context, b load, tried []try) (failingSince *time.Time, err error) {
	n := len(tried)
	positions, ordered, tries := make([]int64, n), make([]int64, n), make([]int, n)
	statuses, next, attempts := make([]string, n), make([]*time.Time, n), make([]string, n)
	var success, failure *time.Time
	for i, t := range tried {
		o := l.outcomeOf(t)
		attempt, err := json.Marshal([]webhooks.Attempt{o.attempt})
		if err != nil {
			return nil, err
		}
		positions[i], ordered[i], tries[i] = t.Position, t.Ordered, o.tries
		statuses[i], next[i], attempts[i] = string(o.status), o.nextAt, string(attempt)
		if t.answer.Delivered() {
			success, failure = new(t.at), nil
		} else if failure == nil {
			failure = new(t.at)
		}
	}
	err = pgx.BeginFunc(ctx, l.Pool, func(tx pgx.Tx) error {
		// A delivery that was asked for anew meanwhile keeps what came of that.
		_, err := tx.Exec(ctx, `
			INSERT INTO tallystick.webhook_outcomes AS o (ledger_id, endpoint, position, ordered, status, tries, next_at, attempts)
			SELECT $1, $2, r.position, r.ordered, r.status, r.tries, r.next_at, r.attempts::jsonb
			FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::timestamptz[], $8::text[])
			     AS r (position, ordered, status, tries, next_at, attempts)
			ON CONFLICT (ledger_id, endpoint, position) DO UPDATE
			SET attempts = o.attempts || excluded.attempts,
			    status   = CASE WHEN excluded.ordered >= o.ordered THEN excluded.status ELSE o.status END,
			    tries    = CASE WHEN excluded.ordered >= o.ordered THEN excluded.tries ELSE o.tries END,
			    next_at  = CASE WHEN excluded.ordered >= o.ordered THEN excluded.next_at ELSE o.next_at END,
			    ordered  = greatest(o.ordered, excluded.ordered)`,
			[16]byte(l.ledger.ID), l.task.Endpoint, positions, ordered, statuses, tries, next, attempts)
		if err != nil {
			return err
		}
		last := webhooks.Delivery{}
		if !l.task.Again && n > 0 {
			last = tried[n-1].Delivery
		}
		failingSince, err = l.moveCursor(ctx, tx, last, b.endpoint.EnabledAt, success, failure)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record webhook deliveries: %w", err)
	}
	return failingSince, nil
}

// moveCursor moves the endpoint's cursor to a delivery, unless that is none, and keeps how the endpoint fares since it was enabled.
func (l *lane) moveCursor(
	ctx context.Context, tx pgx.Tx, last webhooks.Delivery, enabledAt int64, success, failure *time.Time,
) (failingSince *time.Time, err error) {
	err = tx.QueryRow(ctx, `
		INSERT INTO tallystick.webhook_cursors AS c (ledger_id, endpoint, ordered, position, last_success_at, failing_since)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (ledger_id, endpoint) DO UPDATE
		SET ordered         = CASE WHEN (excluded.ordered, excluded.position) > (c.ordered, c.position) THEN excluded.ordered ELSE c.ordered END,
		    position        = CASE WHEN (excluded.ordered, excluded.position) > (c.ordered, c.position) THEN excluded.position ELSE c.position END,
		    last_success_at = greatest(c.last_success_at, excluded.last_success_at),
		    failing_since   = CASE WHEN $5::timestamptz IS NULL AND c.ordered > $7 THEN coalesce(c.failing_since, excluded.failing_since)
		                           ELSE excluded.failing_since END
		RETURNING failing_since`,
		[16]byte(l.ledger.ID), l.task.Endpoint, last.Ordered, last.Position, success, failure, enabledAt).Scan(&failingSince)
	return failingSince, err
}
