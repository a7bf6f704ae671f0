package engine

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	// sweepShare bounds the share of time that sweeps take: one part in so many.
	sweepShare = 100
	// sweepMin and sweepMax bound the ledgers of one query.
	sweepMin, sweepMax = 100, 5_000
)

// sweeper finds what every signal missed, for all versions of the process at once. It walks over the ledgers a few at each
// poll, so that idle ones cost the same however many there are. When signals may have been lost, or a version is new, it
// goes over all of them without a pause.
type sweeper struct {
	engine *Engine
	asked  chan struct{} // for a walk over all ledgers
	after  uuid.UUID     // the last ledger that was looked at
	size   int           // of the next query
}

func newSweeper(e *Engine) *sweeper {
	return &sweeper{engine: e, asked: make(chan struct{}, 1), size: sweepMin}
}

// run sweeps until ctx ends.
func (s *sweeper) run(ctx context.Context) {
	hurried := false
	for ctx.Err() == nil {
		if !hurried {
			hurried = s.rest(ctx)
		}
		select {
		case <-s.asked:
			hurried = true
		default:
		}
		if hurried {
			hurried = !s.all(ctx)
			continue
		}
		begun := time.Now()
		if err := s.some(ctx, s.size); err != nil {
			s.failed(ctx, err)
			continue
		}
		s.adapt(time.Since(begun))
	}
}

// rest waits until the next poll, or until somebody asks for a walk over all ledgers.
func (s *sweeper) rest(ctx context.Context) (asked bool) {
	timer := time.NewTimer(s.engine.poll)
	defer timer.Stop()
	select {
	case <-s.asked:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	missed := false
	s.engine.eachRunner(func(_ version, w *waker) { missed = w.takesMissed() || missed })
	return missed
}

// all walks over all ledgers.
func (s *sweeper) all(ctx context.Context) (done bool) {
	s.after = uuid.Nil
	for {
		if err := s.some(ctx, sweepMax); err != nil {
			s.failed(ctx, err)
			return false
		}
		if s.after == uuid.Nil {
			return true
		}
	}
}

func (s *sweeper) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		s.engine.log.Warn("projections can't look for ledgers with events", slog.Any("error", err))
		pause(ctx, retryInterval)
	}
}

// adapt lets the next query take about its share of the time.
func (s *sweeper) adapt(took time.Duration) {
	share := s.engine.poll / sweepShare
	switch {
	case took > share:
		s.size = max(s.size/2, sweepMin)
	case took < share/2:
		s.size = min(2*s.size, sweepMax)
	}
}

// some looks at the next ledgers, and begins anew behind the last.
func (s *sweeper) some(ctx context.Context, ledgers int) error {
	rows, err := s.engine.pool.Query(ctx, sweepQuery, [16]byte(s.after), ledgers)
	if err != nil {
		return fmt.Errorf("look for ledgers behind: %w", err)
	}
	due := map[string][]uuid.UUID{}
	var versions []string
	seen, last := 0, uuid.Nil
	_, err = pgx.ForEachRow(rows, []any{&last, &versions}, func() error {
		seen++
		for _, v := range versions {
			due[v] = append(due[v], last)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for ledgers behind: %w", err)
	}
	if s.after = last; seen < ledgers {
		s.after = uuid.Nil
	}
	s.engine.eachRunner(func(v version, w *waker) { w.heard(due[v.String()]...) })
	return nil
}

// sweepQuery gives the $2 ledgers behind $1, each with the versions that have something due there. It is one of the few
// statements over many ledgers. Scalar subqueries find tails and positions, because the planner would turn a join into one of
// all ledgers and all events.
const sweepQuery = `
	SELECT l.ledger_id, ARRAY(
	           SELECT v.projection || '@' || v.version
	           FROM tallystick.projection_versions v
	           CROSS JOIN LATERAL (
	               SELECT coalesce((
	                   SELECT c.to_position
	                   FROM tallystick.projection_checkpoints c
	                   WHERE c.ledger_id = l.ledger_id AND c.projection = v.projection AND c.version = v.version
	                   ORDER BY c.from_position DESC
	                   LIMIT 1), 0) AS to_position
	               OFFSET 0
	           ) AS c
	           WHERE v.status <> 'dropped' AND c.to_position < l.tail AND NOT EXISTS (
	               SELECT FROM tallystick.projection_failures f
	               WHERE f.ledger_id = l.ledger_id AND f.projection = v.projection AND f.version = v.version
	                 AND f.from_position = c.to_position + 1
	                 AND (f.status = 'stopped' OR f.retry_at > clock_timestamp())))
	FROM (
		SELECT l.ledger_id, coalesce((
			SELECT e.position
			FROM tallystick.events e
			WHERE e.ledger_id = l.ledger_id
			ORDER BY e.position DESC
			LIMIT 1), 0) AS tail
		FROM tallystick.ledgers l
		WHERE l.ledger_id > $1
		ORDER BY l.ledger_id
		LIMIT $2
	) AS l
	ORDER BY l.ledger_id`
