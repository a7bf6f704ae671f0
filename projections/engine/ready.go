package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// FillingError reports a read model that does not have enough yet to answer queries.
type FillingError struct {
	Projection string
	Progress   Progress
}

func (e *FillingError) Error() string {
	return fmt.Sprintf("read model %s is being filled: %d of %d events", e.Projection, e.Progress.Done, e.Progress.Total)
}

// look remembers how a version that is not ready was last seen.
type look struct {
	since time.Time     // the version must have everything that was recorded by then
	took  time.Duration // the version took so long for the time before
	Progress
}

// readyWithin says how old the news may be that a version lacks when it becomes ready.
const readyWithin = 2 * time.Second

// passed judges a version that has all that was recorded by a time. A version that came to it late tries again for a later
// time, as long as it gains on the log.
func (l *look) passed(now time.Time) bool {
	age := now.Sub(l.since)
	if age <= readyWithin || l.took > 0 && age > l.took/2 {
		return true
	}
	l.took, l.since = age, now
	return false
}

// lookAt looks whether a version has caught up. The first look asks for everything that is recorded by now.
func (e *Engine) lookAt(ctx context.Context, v version) (caughtUp bool, s state, err error) {
	key := v.key()
	e.mu.Lock()
	l, before := e.looks[key]
	e.mu.Unlock()
	if s, err = e.state(ctx, v, l.since); err != nil {
		return false, s, err
	}
	switch {
	case !before:
		caughtUp, l.since = !s.behind, s.now
	case !s.behind:
		caughtUp = l.passed(s.now)
	}
	l.Progress = s.Progress
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.looks[key] = l; caughtUp {
		delete(e.looks, key)
	}
	return caughtUp, s, nil
}

// state describes a version over all ledgers.
type state struct {
	Progress
	status  Status
	ready   bool
	behind  bool   // it lacks an event that was recorded by the time that was asked for
	failure string // of a page that stopped it
	now     time.Time
}

// state looks at all ledgers. One on which a ready version has stopped does not count as behind: it would be so for ever.
func (e *Engine) state(ctx context.Context, v version, since time.Time) (s state, err error) {
	var by *time.Time
	if !since.IsZero() {
		by = &since
	}
	err = e.pool.QueryRow(ctx, `
		SELECT v.status, `+versionReady+`, coalesce(min(p.failure), ''), coalesce(sum(p.position), 0), coalesce(sum(p.tail), 0),
		       coalesce(bool_or(NOT (`+versionReady+` AND p.failure IS NOT NULL) AND p.next <= coalesce($3, now())), false), now()
		FROM tallystick.projection_versions v
		LEFT JOIN LATERAL (
			SELECT c.position, (
			           SELECT f.error
			           FROM tallystick.projection_failures f
			           WHERE f.ledger_id = l.ledger_id AND f.projection = $1 AND f.version = $2 AND f.status = 'stopped'
			       ) AS failure,
			       coalesce((
			           SELECT e.position
			           FROM tallystick.events e
			           WHERE e.ledger_id = l.ledger_id
			           ORDER BY e.position DESC
			           LIMIT 1), 0) AS tail,
			       (
			           SELECT e.recorded_at
			           FROM tallystick.events e
			           WHERE e.ledger_id = l.ledger_id AND e.position = c.position + 1
			       ) AS next
			FROM tallystick.ledgers l
			CROSS JOIN LATERAL (
				SELECT coalesce((
				    SELECT c.to_position
				    FROM tallystick.projection_checkpoints c
				    WHERE c.ledger_id = l.ledger_id AND c.projection = $1 AND c.version = $2
				    ORDER BY c.from_position DESC
				    LIMIT 1), 0) AS position
			) AS c
		) AS p ON true
		WHERE v.projection = $1 AND v.version = $2
		GROUP BY v.projection, v.version`, v.projection, v.number, by).
		Scan(&s.status, &s.ready, &s.failure, &s.Done, &s.Total, &s.behind, &s.now)
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", v, err)
	}
	return s, nil
}

// Inspect makes queries wait on the read models that lack what is recorded by now: this program may not have run for long.
// Run lets the queries go on. Without it they would show what was then.
func (e *Engine) Inspect(ctx context.Context) error {
	all, err := e.versions(ctx)
	if err != nil {
		return err
	}
	for _, p := range e.projections {
		v, ok := p.serving(all)
		if !ok {
			continue
		}
		caughtUp, _, err := e.lookAt(ctx, v)
		if err != nil {
			return err
		}
		if !caughtUp {
			e.mu.Lock()
			e.closed[p.Name] = true
			e.mu.Unlock()
		}
	}
	return nil
}

// fillingError tells how far the version is that queries wait for.
func (e *Engine) fillingError(projection string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	filling := &FillingError{Projection: projection}
	for v, l := range e.looks {
		if v.projection == projection {
			filling.Progress = l.Progress
		}
	}
	return filling
}

func (e *Engine) isClosed(projection string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed[projection]
}

// settleAll looks at what is not ready, settles what is filled, and reports whether something is left of it.
func (e *Engine) settleAll(ctx context.Context, all []version, settle func(version) (ready bool, err error)) (left bool, err error) {
	for _, p := range e.projections {
		if v, ok := p.serving(all); ok && e.isClosed(p.Name) {
			caughtUp, _, lookErr := e.lookAt(ctx, v)
			if err = errors.Join(err, lookErr); caughtUp {
				e.mu.Lock()
				delete(e.closed, p.Name)
				e.mu.Unlock()
			}
			left = left || !caughtUp
		}
		if v, ok := p.filling(all); ok {
			ready, settleErr := settle(v)
			err = errors.Join(err, settleErr)
			left = left || !ready
		}
	}
	return left, err
}

// settle makes a version ready once it has what it must show.
func (e *Engine) settle(ctx context.Context, v version) (s state, ready bool, err error) {
	caughtUp, s, err := e.lookAt(ctx, v)
	if err != nil || s.ready || s.status == StatusDropped {
		return s, s.ready, err
	}
	if serves, err := e.anotherServes(ctx, v); err != nil {
		return s, false, err
	} else if serves {
		ready, err = e.swap(ctx, v)
		return s, ready, err
	}
	if !caughtUp {
		return s, false, nil
	}
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := lockProjection(ctx, tx, v.projection); err != nil {
			return err
		}
		return e.activate(ctx, tx, 0, v)
	})
	if err != nil {
		return s, false, fmt.Errorf("make %s ready: %w", v, err)
	}
	e.log.Info("read model is ready", slog.String("projection", v.String()))
	signal(e.changed)
	return s, true, nil
}

// anotherServes reports whether an earlier version of the same revision answers queries until this one does.
func (e *Engine) anotherServes(ctx context.Context, v version) (serves bool, err error) {
	err = e.pool.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM tallystick.projection_versions v
			WHERE v.projection = $1 AND v.revision = $2 AND v.version <> $3 AND `+versionReady+`)`,
		v.projection, v.revision, v.number).Scan(&serves)
	return serves, err
}
