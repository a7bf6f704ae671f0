package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

const (
	duePage = 2_000
	// atOnce is the number of commands that wait for the executor together; it appends them all in one round trip.
	atOnce = 256
	// actor stands in the events where those of a request have an API key's id.
	actor = "deadlines"
	// advanceClock names the command that moves a clock, for traces.
	advanceClock = "advance-clock"
)

// round carries out the deadlines that are due in a ledger, once.
type round struct {
	*Deadlines
	ledger eventstore.Ledger

	mu       sync.Mutex
	position int64                         // the last that was written or confirmed
	ran      int                           // the number of deadlines that wrote events, without the uncounted
	left     []projections.Deadline        // left alone, because trying again would not help
	waits    bool                          // for its errands, which else go on by themselves
	gone     []projections.Deadline        // errands that go on by themselves
	patient  bool                          // leaves errands that somebody waits for to them
	idle     map[projections.Deadline]bool // tried, without any event
	fault    error                         // the first fault of ours
}

// newRound makes a round from a position on.
func (d *Deadlines) newRound(ledger eventstore.Ledger, position int64) *round {
	return &round{
		Deadlines: d, ledger: ledger, position: position, left: d.parkedIn(ledger.ID), idle: map[projections.Deadline]bool{},
	}
}

// run carries out all deadlines that are due, and those that become due because of them. It returns a fault of ours at the
// end, when all else is done. It returns at once an error that ends the whole round, such as a database that is away.
func (r *round) run(ctx context.Context) error {
	r.idle, r.fault = map[projections.Deadline]bool{}, nil
	for {
		due, err := r.due(ctx, duePage)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return r.fault
		}
		if err := r.runPage(ctx, due); err != nil {
			return err
		}
	}
}

// due lists the deadlines that are due by the ledger's clock and not left alone, once the read model shows the round's
// position. The comparison with gateways comes when nothing else is due.
func (r *round) due(ctx context.Context, limit int) ([]projections.Deadline, error) {
	due, err := r.list(ctx, limit, func(now time.Time) time.Time { return now })
	if slices.ContainsFunc(due, func(d projections.Deadline) bool { return !isNightly(d) }) {
		due = slices.DeleteFunc(due, isNightly)
	}
	return untilMonthEnd(due), err
}

// untilMonthEnd leaves out what comes behind the end of a month of the books, so that it is carried out in the same order as by an
// advance in leaps.
func untilMonthEnd(due []projections.Deadline) []projections.Deadline {
	if at := slices.IndexFunc(due, func(d projections.Deadline) bool { return d.Stream == bookkeeping.Stream() }); at >= 0 {
		return due[:max(at, 1)]
	}
	return due
}

// list does what due does, up to an instant that follows from the clock's.
func (r *round) list(ctx context.Context, limit int, until func(now time.Time) time.Time) (due []projections.Deadline, err error) {
	if err := r.engine.Await(ctx, r.ledger.ID, r.position, projections.Deadlines); err != nil {
		return nil, err
	}
	var last time.Time
	_, err = r.engine.Read(ctx, projections.Deadlines.Name, r.ledger.ID, r.position, func(ctx context.Context, tx pgx.Tx, shown int64) error {
		now, err := r.ledger.ClockAt(ctx, tx, shown, r.now())
		if err != nil {
			return err
		}
		last = until(now)
		due, err = projections.DueDeadlines(ctx, tx, r.ledger.ID, last, slices.Concat(r.left, r.gone), limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	if due, err = r.withNews(ctx, due, last, limit); err != nil {
		return nil, err
	}
	return r.withDeaths(ctx, due, last, limit)
}

// runPage carries out deadlines side by side.
func (r *round) runPage(ctx context.Context, due []projections.Deadline) error {
	working, ctx := errgroup.WithContext(ctx)
	working.SetLimit(atOnce)
	for _, deadline := range due {
		if r.isIdle(deadline) {
			// The rules were asked at a position that the read model has shown since, so the two disagree.
			r.leave(ctx, deadline, "a deadline is due by which nothing happens")
			continue
		}
		if _, outside := r.errands[deadline.Stream.Type()]; outside && !r.waits {
			r.send(deadline)
			continue
		}
		working.Go(func() error { return r.runOne(ctx, deadline) })
	}
	return working.Wait()
}

// isIdle reports whether a deadline was tried before without any event.
func (r *round) isIdle(deadline projections.Deadline) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.idle[deadline]
}

// runOne carries out one deadline. It leaves a deadline alone that its stream refuses or that meets a fault of ours, because
// other streams must not wait for it.
func (r *round) runOne(ctx context.Context, deadline projections.Deadline) error {
	outcome, err := r.issue(ctx, deadline)
	var refused *domain.Rejection
	switch {
	case err == nil:
		r.note(deadline, outcome)
		return nil
	case errors.As(err, &refused):
		r.leave(ctx, deadline, "a deadline was refused", slog.String("code", refused.Code))
		return nil
	case passes(err) || errors.Is(err, errAwaited):
		return fmt.Errorf("carry out %s of %s: %w", deadline.Kind, deadline.Stream, err)
	}
	r.leave(ctx, deadline, "a deadline failed", slog.Any("error", err))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == nil {
		r.fault = fmt.Errorf("carry out %s of %s: %w", deadline.Kind, deadline.Stream, err)
	}
	return nil
}

// passes reports whether an error will pass by itself: the database is away, or this process ends.
func passes(err error) bool {
	return errors.Is(err, eventstore.ErrOverloaded) || errors.Is(err, eventstore.ErrOutcomeUnknown) || errors.Is(err, eventstore.ErrClosed) ||
		errors.Is(err, context.Canceled) || eventstore.IsUnavailable(err)
}

// uncounted are the types of streams whose deadlines only tell and book what happens anyway.
var uncounted = map[string]bool{notice.Type.Name: true, bookkeeping.Type.Name: true}

// note counts a deadline that wrote events, and remembers one that wrote none.
func (r *round) note(deadline projections.Deadline, outcome eventstore.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.position = max(r.position, outcome.LastPosition)
	r.forget(r.ledger.ID, deadline)
	if outcome.FirstPosition > outcome.LastPosition {
		r.idle[deadline] = true
		return
	}
	if !uncounted[deadline.Stream.Type()] {
		r.ran++
	}
}

// leave leaves a deadline alone and logs why.
func (r *round) leave(ctx context.Context, deadline projections.Deadline, why string, more ...slog.Attr) {
	r.trouble(r.ledger.ID, deadline, why, more)
	r.log.LogAttrs(ctx, slog.LevelWarn, why, append([]slog.Attr{
		slog.String("ledger", r.ledger.Name), slog.String("stream", string(deadline.Stream)), slog.String("kind", deadline.Kind),
		slog.Time("due_at", deadline.DueAt),
	}, more...)...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, deadline)
}

// issue executes the command of one deadline.
func (r *round) issue(ctx context.Context, due projections.Deadline) (eventstore.Outcome, error) {
	if due.Kind == deathOf {
		return r.bury(ctx, due)
	}
	if makeCommand, known := commands[due.Stream.Type()]; known {
		return r.store.Execute(ctx, r.ledger, made(due.Kind, Caller{Actor: actor}, makeCommand(due)))
	}
	if makeCommand, known := alone[due.Stream.Type()]; known {
		return r.store.Execute(ctx, r.ledger, made(due.Kind, Caller{Actor: actor}, makeCommand(due)))
	}
	if due.Stream.Type() == newsOf {
		return r.hear(ctx, due)
	}
	if do, known := r.errands[due.Stream.Type()]; known {
		return r.runErrand(ctx, r.ledger, due, do, sender{patient: r.patient})
	}
	return eventstore.Outcome{}, fmt.Errorf("nothing is known of deadlines of %s", due.Stream)
}

// made wraps a command for the store. A command without a request behind it is its own correlation.
//
// Each command has a new id: under an id that followed from a deadline, the store would keep the answer that nothing was
// due yet, and give it for ever.
func made[R any](name string, by Caller, c command.Command[R]) eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	if by.Correlation == "" {
		by.Correlation = id.String()
	}
	return eventstore.Command{
		ID: id, Name: name, Actor: by.Actor, Correlation: by.Correlation, Resource: c.Resource, Reads: c.Reads, Writes: c.Writes,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			_, err := c.Decide(d)
			return eventstore.Answer{Status: http.StatusNoContent}, err
		},
	}
}
