package eventstore

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
)

// dryBytesMax bounds what dry runs hold while they wait or are decided, all ledgers together.
const dryBytesMax = 32 << 20

// lightDryRuns and heavyDryRuns tell how many are decided at a time. The rest of the processors is for other work.
func lightDryRuns() int { return runtime.GOMAXPROCS(0) }
func heavyDryRuns() int { return max(1, runtime.GOMAXPROCS(0)/4) }

// dryRun decides a command in its caller's goroutine and confirms what it stood on, without the ledger's lock: all of it is
// as it was at one position.
func (s *Store) dryRun(ctx context.Context, ledger Ledger, c Command) (Outcome, error) {
	size := int64(c.Size)
	if waiting := s.dryBytes.Add(size); waiting > dryBytesMax && waiting > size {
		s.dryBytes.Add(-size)
		return Outcome{}, ErrOverloaded
	}
	defer s.dryBytes.Add(-size)
	arrived := s.now()
	for {
		loaded, err := s.load(ctx, ledger, c.streams())
		if err != nil {
			return Outcome{}, unavailable(err)
		}
		d, err := s.decideDry(ctx, newPending(ctx, ledger, c, loaded, arrived))
		if need, ok := errors.AsType[*needError](err); ok {
			c.Writes = append(slices.Clip(c.Writes), need.streams...)
			continue
		}
		if d == nil {
			return Outcome{}, err
		}
		confirmed, err := s.confirm(ctx, ledger.ID, d.pending.streams, loaded)
		if err != nil {
			return Outcome{}, unavailable(err)
		}
		switch {
		case confirmed.lost > 0:
			s.states.forget(ledger.ID, d.pending.streams[confirmed.lost-1])
		case !confirmed.stale:
			return d.outcome(confirmed.tail), d.err
		}
		if err := s.states.refresh(ctx, ledger.ID, c.streams()); err != nil {
			return Outcome{}, unavailable(err)
		}
	}
}

// decideDry decides when it is the command's turn. Without a decision the error tells why there is none.
func (s *Store) decideDry(ctx context.Context, p *pending) (*decided, error) {
	turns := s.lightDry
	if p.heavy {
		turns = s.heavyDry
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return nil, ErrOverloaded
	}
	decision := newDecision(s.codec, p, func(i int) folded { return p.loaded[i] })
	d := &decided{pending: p}
	d.answer, d.err = judge(&p.command, decision)
	if _, needs := errors.AsType[*needError](d.err); needs {
		return nil, d.err
	}
	d.version, d.proposed = decision.Version(p.command.Resource), decision.proposed
	return d, nil
}

// confirmation tells how the log stands to what a dry run stood on.
type confirmation struct {
	tail  int64
	stale bool  // a stream has a later event
	lost  int64 // the first stream, counted from 1, that does not have the event at its version; 0 for none
}

// confirm compares what was loaded with the log, all of it in one snapshot.
func (s *Store) confirm(ctx context.Context, ledger uuid.UUID, streams []domain.Stream, loaded []folded) (c confirmation, err error) {
	r := appendRequest{}
	for i := range streams {
		r.stream(&standing{stream: streams[i], base: loaded[i]})
	}
	err = s.reads.QueryRow(ctx, `
		SELECT coalesce((
		           SELECT e.position
		           FROM tallystick.events e
		           WHERE e.ledger_id = $1
		           ORDER BY e.position DESC
		           LIMIT 1), 0),
		       coalesce(bool_or(e.version > s.version), false),
		       coalesce(min(s.ord) FILTER (WHERE coalesce(e.version, 0) < s.version
		                                   OR e.version = s.version AND e.leaf_hash <> s.leaf), 0)
		FROM unnest($2::text[], $3::bigint[], $4::bytea[]) WITH ORDINALITY AS s (stream, version, leaf, ord)
		LEFT JOIN LATERAL (
			SELECT e.version, e.leaf_hash
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version >= s.version AND e.version > 0
			ORDER BY e.version DESC
			LIMIT 1
		) AS e ON true`, [16]byte(ledger), r.streams, r.versions, r.leaves).Scan(&c.tail, &c.stale, &c.lost)
	return c, err
}

// outcome tells what a dry run would do, as of the position at which it was confirmed.
func (d *decided) outcome(tail int64) Outcome {
	if d.err != nil {
		return Outcome{}
	}
	return Outcome{
		Answer: d.answer, Resource: d.pending.command.Resource, Version: d.version, Proposed: d.proposed,
		FirstPosition: tail + 1, LastPosition: tail,
	}
}
