package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// lagLedgersMax bounds the ledgers of which Lags asks, so that it costs the same however many there are.
const lagLedgersMax = 1_000

// Lag sums up how far a version that runs here is behind.
type Lag struct {
	Projection string
	Version    int
	Ledgers    int     // in which something is due, as far as this process knows
	Events     int64   // that wait, in at most lagLedgersMax of these ledgers
	Seconds    float64 // the age of the oldest of these events
	Retrying   int     // ledgers in which it failed at an event and tries again
	Stopped    int     // ledgers in which it has stopped at an event
}

// Lags sums up how far the versions that run here are behind, and reports on the ledgers where they are, the furthest behind
// first. It asks only of ledgers in which this process knows something to be due or failed.
func (e *Engine) Lags(ctx context.Context) (lags []Lag, behind []Report, err error) {
	known := map[string]*Lag{}
	ledgers := map[uuid.UUID]struct{}{}
	e.eachRunner(func(v version, w *waker) {
		known[v.String()] = &Lag{Projection: v.projection, Version: v.number, Ledgers: w.dueIn(ledgers)}
	})
	if err := e.failing(ctx, ledgers); err != nil {
		return nil, nil, err
	}
	if err := e.countFailing(ctx, known); err != nil {
		return nil, nil, err
	}
	if len(ledgers) > 0 {
		var asked [][16]byte
		for ledger := range ledgers {
			asked = append(asked, ledger)
		}
		if behind, err = e.reportOn(ctx, asked); err != nil {
			return nil, nil, err
		}
	}
	behind = slices.DeleteFunc(behind, func(r Report) bool {
		l := known[version{projection: r.Projection, number: r.Version}.String()]
		if l == nil || r.Lag() == 0 {
			return true
		}
		l.Events += r.Lag()
		l.Seconds = max(l.Seconds, r.LagSeconds)
		return false
	})
	slices.SortStableFunc(behind, func(a, b Report) int { return cmp.Compare(b.Lag(), a.Lag()) })
	for _, name := range slices.Sorted(maps.Keys(known)) {
		lags = append(lags, *known[name])
	}
	return lags, behind, nil
}

// failing adds ledgers on which some version failed.
func (e *Engine) failing(ctx context.Context, ledgers map[uuid.UUID]struct{}) error {
	rows, err := e.pool.Query(ctx, `
		SELECT f.ledger_id
		FROM tallystick.projection_failures f
		LIMIT $1`, lagLedgersMax)
	if err != nil {
		return fmt.Errorf("look for failures: %w", err)
	}
	var ledger uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&ledger}, func() error {
		ledgers[ledger] = struct{}{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for failures: %w", err)
	}
	return nil
}

// countFailing counts the ledgers on which the versions failed.
func (e *Engine) countFailing(ctx context.Context, known map[string]*Lag) error {
	rows, err := e.pool.Query(ctx, `
		SELECT f.projection, f.version, count(*) FILTER (WHERE f.status = 'retrying'), count(*) FILTER (WHERE f.status = 'stopped')
		FROM tallystick.projection_failures f
		GROUP BY f.projection, f.version`)
	if err != nil {
		return fmt.Errorf("count failures: %w", err)
	}
	var v version
	var retrying, stopped int
	_, err = pgx.ForEachRow(rows, []any{&v.projection, &v.number, &retrying, &stopped}, func() error {
		if l := known[v.String()]; l != nil {
			l.Retrying, l.Stopped = retrying, stopped
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count failures: %w", err)
	}
	return nil
}

// dueIn adds ledgers in which something is due, up to a bound, and counts all of them.
func (w *waker) dueIn(ledgers map[uuid.UUID]struct{}) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ledger := range w.due {
		if len(ledgers) >= lagLedgersMax {
			break
		}
		ledgers[ledger] = struct{}{}
	}
	return len(w.due)
}
