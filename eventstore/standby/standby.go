package standby

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// lookInterval spaces the looks at the standby, and lookTimeout bounds each.
	lookInterval = 500 * time.Millisecond
	lookTimeout  = 2 * time.Second
)

// Options hold what New needs.
type Options struct {
	Primary *pgxpool.Pool
	Standby *pgxpool.Pool
	// MaxLag leaves out a standby that is further behind.
	MaxLag time.Duration
	Log    *slog.Logger
}

// Standby is a streaming replica. A nil Standby is none.
type Standby struct {
	Options
	serves atomic.Bool
	toIt   atomic.Int64 // queries
	back   atomic.Int64 // queries that went to the primary instead

	mu     sync.Mutex
	trail  trail
	lag    time.Duration
	reason string // for which it is left out
}

// New makes a standby that is left out until Run has looked at it.
func New(o Options) *Standby {
	return &Standby{Options: o, reason: "it was not looked at yet"}
}

// Run looks at the standby until ctx ends.
func (s *Standby) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		s.look(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Close closes the connections to the standby.
func (s *Standby) Close() { s.Options.Standby.Close() }

// Pool gives the connections to the standby while queries may go to it.
func (s *Standby) Pool() (pool *pgxpool.Pool, ok bool) {
	if s == nil || !s.serves.Load() {
		if s != nil {
			s.back.Add(1)
		}
		return nil, false
	}
	s.toIt.Add(1)
	return s.Options.Standby, true
}

// GaveUp notes that a query went to the primary after all. Where the standby is away, no query follows until it answers a look.
func (s *Standby) GaveUp(cause error, away bool) {
	s.toIt.Add(-1)
	s.back.Add(1)
	if away {
		s.leaveOut(fmt.Sprintf("it does not answer: %v", cause))
	}
}

func (s *Standby) look(ctx context.Context) {
	looking, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	lag, err := s.measure(looking)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.leaveOut(err.Error())
	case lag > s.MaxLag:
		s.setLag(lag)
		s.leaveOut(fmt.Sprintf("it is %s behind", lag.Round(time.Millisecond)))
	default:
		s.setLag(lag)
		s.takeIn()
	}
}

// measure gives the lag of a standby that queries could go to. While the primary is away the standby is judged by what was
// known of the primary before.
func (s *Standby) measure(ctx context.Context) (time.Duration, error) {
	system, written, err := primaryPosition(ctx, s.Primary)
	if err == nil {
		s.trail.add(time.Now(), system, written)
	}
	recovering, its, replayed, err := standbyPosition(ctx, s.Options.Standby)
	switch {
	case err != nil:
		return 0, fmt.Errorf("it does not answer: %w", err)
	case !recovering:
		return 0, errors.New("it is no standby, or was promoted")
	case s.trail.system == "":
		return 0, errors.New("the primary was not reached yet")
	case its != s.trail.system:
		return 0, errors.New("it is a copy of another database")
	}
	return s.trail.lag(time.Now(), replayed), nil
}

func (s *Standby) setLag(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = lag
}

func (s *Standby) leaveOut(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason = reason
	if s.serves.Swap(false) {
		s.Log.Warn("queries go to the primary, since the standby is left out", slog.String("reason", reason))
	}
}

func (s *Standby) takeIn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason = ""
	if !s.serves.Swap(true) {
		s.Log.Info("queries go to the standby", slog.Duration("lag", s.lag))
	}
}

func primaryPosition(ctx context.Context, db *pgxpool.Pool) (system string, written int64, err error) {
	err = db.QueryRow(ctx, `
		SELECT c.system_identifier::text, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint
		FROM pg_control_system() c`).Scan(&system, &written)
	return system, written, err
}

func standbyPosition(ctx context.Context, db *pgxpool.Pool) (recovering bool, system string, replayed int64, err error) {
	err = db.QueryRow(ctx, `
		SELECT pg_is_in_recovery(), c.system_identifier::text, coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint, 0)
		FROM pg_control_system() c`).Scan(&recovering, &system, &replayed)
	return recovering, system, replayed, err
}
