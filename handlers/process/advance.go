package process

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// Advanced is the result of advancing a clock.
type Advanced struct {
	Now      time.Time
	Ran      int   // the number of deadlines carried out on the way
	Position int64 // that all read models show
}

// Caller names who asked for a command; the events record it.
type Caller struct {
	Actor       string
	Correlation string // empty where no request is behind it
}

// Advance moves a sandbox's clock to an instant. On the way it sets the clock to each deadline in turn and carries it out
// with all that it causes. It returns once all read models show that. It refuses with clock_backwards or to_invalid, and
// then nothing has happened. Any other error leaves the clock on its way, at a deadline or at the end, and advancing again
// goes on from there; the error is [eventstore.ErrClosed] when Run has ended.
func (d *Deadlines) Advance(ctx context.Context, ledger eventstore.Ledger, by Caller, to time.Time) (Advanced, error) {
	check := made(advanceClock, by, command.AdvanceClock(to))
	check.DryRun = true
	if _, err := d.store.Execute(ctx, ledger, check); err != nil {
		return Advanced{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.ended, func() { cancel(eventstore.ErrClosed) })()
	done, err := d.advance(ctx, ledger, by, to)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return done, err
}

// advance does the whole way under the sandbox's lease.
func (d *Deadlines) advance(ctx context.Context, ledger eventstore.Ledger, by Caller, to time.Time) (done Advanced, err error) {
	r := d.newRound(ledger, 0)
	r.left, r.waits = nil, true // an operator waits, so what was left alone is tried again
	if err := r.advance(ctx, by, to); err != nil {
		return done, err
	}
	if d.Settle != nil {
		if err := d.Settle(ctx, ledger); err != nil {
			return done, err
		}
		if r.position, err = eventstore.Tail(ctx, d.pool, ledger.ID); err != nil {
			return done, err
		}
	}
	if err := d.engine.Await(ctx, ledger.ID, r.position); err != nil {
		return done, err
	}
	done.Ran, done.Position = r.ran, r.position
	done.Now, err = ledger.ClockAt(ctx, d.pool, r.position, d.now())
	return done, err
}

// advance carries out what is due, goes through all deadlines before to, and then carries out what is due at to.
func (r *round) advance(ctx context.Context, by Caller, to time.Time) error {
	mine := r.newLease(r.ledger.ID)
	defer mine.release(ctx)
	err := r.turn(ctx, mine, func() (err error) {
		if r.position, err = eventstore.Tail(ctx, r.pool, r.ledger.ID); err != nil {
			return err
		}
		return r.run(ctx)
	})
	for arrived := false; err == nil && !arrived; {
		err = r.turn(ctx, mine, func() (err error) {
			arrived, err = r.leap(ctx, by, to)
			return err
		})
	}
	if err != nil {
		return err
	}
	return r.turn(ctx, mine, func() error { return r.stop(ctx, by, to) })
}

// turn does a part of an advance. Advances take turns, so that many long ones hold up none and take few connections; one that
// waits for its lease keeps nobody from a turn.
func (r *round) turn(ctx context.Context, mine *lease, do func() error) error {
	if err := mine.hold(ctx); err != nil {
		return err
	}
	select {
	case r.advances <- struct{}{}:
		defer func() { <-r.advances }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// The turn may have been long in coming. Whoever took the lease meanwhile does the same work.
	if _, err := mine.keep(ctx); err != nil {
		return err
	}
	return do()
}

// leapStreams limits the streams whose deadlines one command carries out: hardly more than it may have steps, for it stands on all of
// them. leapCommands limits the commands behind which the read model is looked at again.
const (
	leapStreams  = 256
	leapCommands = 8
)

// instant is the step in which times are stored.
const instant = time.Microsecond

// leap goes through many deadlines before to at once. It has arrived when there are none. A deadline that can't be carried out
// is tried once more alone, which also tells what is to become of it.
func (r *round) leap(ctx context.Context, by Caller, to time.Time) (arrived bool, err error) {
	due, until, err := r.upcoming(ctx, to.Add(-instant))
	if err != nil || len(due) == 0 {
		return err == nil, err
	}
	for {
		if _, known := commands[due[0].Stream.Type()]; !known || due[0].DueAt.After(until) {
			return false, r.stop(ctx, by, due[0].DueAt)
		}
		err := r.throughAll(ctx, by, due, until)
		stopped, ok := errors.AsType[*command.StoppedError](err)
		switch {
		case err == nil || passes(err):
			return false, err
		case ok && stopped.At.After(due[0].DueAt):
			until = stopped.At.Add(-instant)
		default:
			return false, r.stop(ctx, by, due[0].DueAt)
		}
	}
}

// upcoming lists the deadlines up to an instant, and tells up to when the list is complete. It leaves those alone by which
// nothing has happened.
func (r *round) upcoming(ctx context.Context, until time.Time) (due []projections.Deadline, complete time.Time, err error) {
	for {
		left := len(r.left)
		if due, err = r.list(ctx, leapCommands*r.leapStreams, func(time.Time) time.Time { return until }); err != nil {
			return nil, until, err
		}
		for _, deadline := range due {
			if r.isIdle(deadline) {
				r.leave(ctx, deadline, "a deadline is due by which nothing happens")
			}
		}
		if len(r.left) == left {
			break
		}
	}
	if len(due) == leapCommands*r.leapStreams {
		until = due[len(due)-1].DueAt
	}
	due = slices.DeleteFunc(due, isNightly) // it is carried out where the clock stops anyway
	for i, deadline := range due {
		if _, known := commands[deadline.Stream.Type()]; !known && i > 0 {
			return due[:i], deadline.DueAt.Add(-instant), nil
		}
	}
	return due, until, nil
}

// throughAll carries out the deadlines of some streams up to an instant, as far as one command goes. Where more than one command takes
// are due first, all at one instant, it carries out those and no later ones: nothing that one of them brings comes before the others.
func (r *round) throughAll(ctx context.Context, by Caller, due []projections.Deadline, until time.Time) error {
	first := slices.IndexFunc(due, func(d projections.Deadline) bool { return d.DueAt.After(due[0].DueAt) })
	if first < 0 {
		first = len(due)
	}
	if first <= r.leapStreams {
		if len(due) > r.leapStreams {
			due = due[:r.leapStreams]
			if last := due[len(due)-1].DueAt; last.Before(until) {
				until = last
			}
		}
		return r.through(ctx, by, due, until)
	}
	for some := range slices.Chunk(due[:first], r.leapStreams) {
		if err := r.through(ctx, by, some, due[0].DueAt); err != nil {
			return err
		}
	}
	return nil
}

// through carries out the deadlines of some streams up to an instant, as far as one command goes.
func (r *round) through(ctx context.Context, by Caller, due []projections.Deadline, until time.Time) error {
	streams := make([]domain.Stream, 0, len(due))
	var monthEnd time.Time
	for _, deadline := range due {
		if deadline.Stream == bookkeeping.Stream() {
			monthEnd = deadline.DueAt
		}
		if !deadline.DueAt.After(until) && !slices.Contains(streams, deadline.Stream) {
			streams = append(streams, deadline.Stream)
		}
	}
	var passed command.Passed
	plan := command.PassDeadlines(streams, monthEnd, until)
	decide := plan.Decide
	plan.Decide = func(d *eventstore.Decision) (command.Passed, error) {
		var err error
		passed, err = decide(d)
		return passed, err
	}
	outcome, err := r.store.Execute(ctx, r.ledger, made("pass-deadlines", Caller{Actor: actor, Correlation: by.Correlation}, plan))
	if err != nil {
		return err
	}
	r.position = max(r.position, outcome.LastPosition)
	r.ran += passed.Ran
	for _, deadline := range due {
		if passed.Finished && !deadline.DueAt.After(until) || deadline.DueAt.Before(passed.Now) {
			r.idle[deadline] = true
		}
	}
	return nil
}

// stop sets the clock to an instant and carries out what is due then.
func (r *round) stop(ctx context.Context, by Caller, at time.Time) error {
	if err := r.set(ctx, by, at); err != nil {
		return err
	}
	return r.run(ctx)
}

// set moves the clock, unless somebody else has moved it further in the meantime.
func (r *round) set(ctx context.Context, by Caller, at time.Time) error {
	outcome, err := r.store.Execute(ctx, r.ledger, made(advanceClock, by, command.AdvanceClock(at)))
	var refused *domain.Rejection
	if errors.As(err, &refused) && refused.Code == "clock_backwards" {
		return nil
	}
	r.position = max(r.position, outcome.LastPosition)
	return err
}
