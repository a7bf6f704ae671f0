package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

const (
	// retryMin and retryMax space attempts while the server or the broker is away.
	retryMin, retryMax = 250 * time.Millisecond, 15 * time.Second
	// keepInterval spaces writes to the state directory.
	keepInterval = time.Second
)

// follower publishes one ledger.
type follower struct {
	ledger
	api      *api
	open     func() (broker, error)
	types    []string
	from     int64
	again    bool  // begin at from, whatever was published before this process
	reached  int64 // by this process
	state    *state
	measured ledgerMetrics
	log      *slog.Logger
}

// run publishes until ctx ends. Whatever goes wrong it asks the broker again where it stands, so that an event whose answer was
// lost is not published twice. Only a key that is not accepted any more ends it.
func (f *follower) run(ctx context.Context) error {
	rest := retryMin
	for {
		published, err := f.once(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop
		}
		var refused *refusedError
		switch {
		case errors.As(err, &refused) && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden):
			return fmt.Errorf("ledger %s: %w", f.id, err)
		case published:
			rest = retryMin
		default:
			rest = min(2*rest, retryMax)
		}
		f.measured.failures.Inc()
		f.log.Warn("publishing is interrupted", slog.Any("error", err), slog.Duration("again_in", rest))
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return nil
		}
	}
}

// once publishes until something goes wrong, and reports whether anything was published before.
func (f *follower) once(ctx context.Context) (published bool, err error) {
	b, err := f.open()
	if err != nil {
		return false, err
	}
	defer func() { _ = b.close() }()
	position, err := f.place(ctx, b)
	if err != nil {
		return false, err
	}
	f.log.Info("publishing", slog.Int64("after", position))
	tail, err := f.api.tail(ctx, f.key)
	if err != nil {
		return false, err
	}
	f.measured.at(position, tail)
	defer func() {
		f.reached = position
		f.state.keep(position)
	}()
	err = f.api.follow(ctx, f.key, position, func(line []byte) error {
		if len(line) == 0 {
			// All up to the tail that was seen before has been read, whether it was published or left out.
			position = max(position, tail)
			if tail, err = f.api.tail(ctx, f.key); err != nil {
				return err
			}
			f.measured.at(position, tail)
			return f.state.keepNow(position)
		}
		var e logged
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("an event behind position %d does not decode: %w", position, err)
		}
		if err := f.publish(ctx, b, e); err != nil {
			return err
		}
		published, position, tail = true, e.Position, max(tail, e.Position)
		f.measured.at(position, tail)
		return f.state.keepSoon(position)
	})
	return published, err
}

func (f *follower) publish(ctx context.Context, b broker, e logged) error {
	if !e.wanted(f.types) {
		return nil
	}
	m, err := e.message(f.id)
	if err != nil {
		return err
	}
	if err := b.publish(ctx, f.id, e.streamType(), m); err != nil {
		return fmt.Errorf("publish the event at position %d: %w", e.Position, err)
	}
	f.measured.published.Inc()
	return nil
}

// place tells up to which position the ledger is published. What the broker has and what the state directory remembers are
// both proofs, and the later one holds.
func (f *follower) place(ctx context.Context, b broker) (int64, error) {
	if f.again {
		return max(f.reached, f.from-1), nil
	}
	position, err := f.state.position()
	if err != nil {
		return 0, err
	}
	body, err := b.last(ctx, f.id)
	if err != nil {
		return 0, err
	}
	if body != nil {
		last, err := positionOf(body)
		if err != nil {
			return 0, err
		}
		position = max(position, last)
	}
	return max(position, f.from-1), nil
}
