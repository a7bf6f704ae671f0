package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

const (
	duePage = 2_000
	// atOnce is how many commands wait for the executor together; it appends what waits in one round trip.
	atOnce = 256
	// actor is who the events are by, where an API key's id would stand.
	actor = "deadlines"
)

// due lists what is due in a ledger by its clock, once the read model shows a position.
func (d *Deadlines) due(ctx context.Context, ledger eventstore.Ledger, position int64, limit int) (due []projections.Deadline, err error) {
	if err := d.engine.Await(ctx, ledger.ID, position, projections.Deadlines); err != nil {
		return nil, err
	}
	parked := d.parkedIn(ledger.ID)
	_, err = d.engine.Read(ctx, projections.Deadlines.Name, ledger.ID, position, func(ctx context.Context, tx pgx.Tx, shown int64) error {
		now, err := ledger.ClockAt(ctx, tx, shown, d.now())
		if err != nil {
			return err
		}
		due, err = projections.DueDeadlines(ctx, tx, ledger.ID, now, parked, limit)
		return err
	})
	return due, err
}

// runDue carries out all that is due in a ledger and all that is due because of it. It gives how many deadlines those
// were, and the last position that it wrote, at least the one given.
func (d *Deadlines) runDue(ctx context.Context, ledger eventstore.Ledger, position int64) (ran int, last int64, err error) {
	for last = position; ; {
		due, err := d.due(ctx, ledger, last, duePage)
		if err != nil || len(due) == 0 {
			return ran, last, err
		}
		n, reached, err := d.runPage(ctx, ledger, due)
		ran, last = ran+n, max(last, reached)
		if err != nil {
			return ran, last, err
		}
	}
}

// runPage carries out deadlines side by side. What a stream refuses is logged, and the stream is left alone for a while.
func (d *Deadlines) runPage(ctx context.Context, ledger eventstore.Ledger, due []projections.Deadline) (ran int, last int64, err error) {
	var mu sync.Mutex
	working, ctx := errgroup.WithContext(ctx)
	working.SetLimit(atOnce)
	for _, deadline := range due {
		working.Go(func() error {
			outcome, err := d.run(ctx, ledger, deadline)
			var refused *domain.Rejection
			if errors.As(err, &refused) {
				d.log.Warn("a deadline was refused", slog.String("ledger", ledger.Name), slog.String("stream", string(deadline.Stream)),
					slog.String("kind", deadline.Kind), slog.Time("due_at", deadline.DueAt), slog.String("code", refused.Code))
				d.park(ledger.ID, deadline.Stream)
				return nil
			}
			if err != nil {
				return fmt.Errorf("carry out %s of %s: %w", deadline.Kind, deadline.Stream, err)
			}
			mu.Lock()
			defer mu.Unlock()
			last = max(last, outcome.LastPosition)
			if outcome.FirstPosition <= outcome.LastPosition && !outcome.Replayed {
				ran++
			}
			return nil
		})
	}
	err = working.Wait()
	return ran, last, err
}

// run issues the command of one deadline.
func (d *Deadlines) run(ctx context.Context, ledger eventstore.Ledger, due projections.Deadline) (eventstore.Outcome, error) {
	id := idOf(due)
	by := Caller{Actor: actor, Correlation: id.String()}
	switch entity := due.Stream.Entity(); due.Stream.Type() {
	case subscription.Type.Name:
		return d.store.Execute(ctx, ledger, made(id, by, command.RunSubscription(entity, false)))
	case seating.Type.Name:
		return d.store.Execute(ctx, ledger, made(id, by, command.ExpireInvitations(entity, due.DueAt)))
	case trial.Type.Name:
		workspace, family, _ := strings.Cut(entity, ":")
		return d.store.Execute(ctx, ledger, made(id, by, command.RemindTrial(workspace, family)))
	}
	return eventstore.Outcome{}, fmt.Errorf("nothing is known of deadlines of %s", due.Stream)
}

// idSpace keeps the ids of deadlines apart from all other ids.
var idSpace = uuid.MustParse("0d5a6f2c-3b1e-5d7a-8c44-9f6e2b7a1d90")

// idOf is the same for whoever finds the deadline.
func idOf(due projections.Deadline) uuid.UUID {
	return uuid.NewSHA1(idSpace, fmt.Appendf(nil, "%s/%s/%s/%d", due.Stream, due.Kind, due.Subject, due.DueAt.UnixMicro()))
}

// made makes of a command that no request is behind what the store takes.
func made[R any](id uuid.UUID, by Caller, c command.Command[R]) eventstore.Command {
	return eventstore.Command{
		ID: id, Actor: by.Actor, Correlation: by.Correlation, Resource: c.Resource, Reads: c.Reads, Writes: c.Writes,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			_, err := c.Decide(d)
			return eventstore.Answer{Status: http.StatusNoContent}, err
		},
	}
}
