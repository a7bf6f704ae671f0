package process

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
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
	check := made(by, command.AdvanceClock(to))
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

// advance does the whole way under the ledger's lease.
func (d *Deadlines) advance(ctx context.Context, ledger eventstore.Ledger, by Caller, to time.Time) (done Advanced, err error) {
	release, err := d.lease(ctx, ledger)
	if err != nil {
		return done, err
	}
	defer release()
	r := &round{Deadlines: d, ledger: ledger}
	if r.position, err = eventstore.Tail(ctx, d.pool, ledger.ID); err != nil {
		return done, err
	}
	if err := r.pass(ctx, by, to); err != nil {
		return done, err
	}
	if err := d.engine.Await(ctx, ledger.ID, r.position); err != nil {
		return done, err
	}
	done.Ran, done.Position = r.ran, r.position
	done.Now, err = ledger.ClockAt(ctx, d.pool, r.position, d.now())
	return done, err
}

// pass goes from deadline to deadline.
func (r *round) pass(ctx context.Context, by Caller, to time.Time) error {
	for {
		if err := r.run(ctx); err != nil {
			return err
		}
		at, ok, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !ok || at.After(to) {
			return r.set(ctx, by, to)
		}
		if err := r.set(ctx, by, at); err != nil {
			return err
		}
	}
}

// next finds the first deadline after the clock's time.
func (r *round) next(ctx context.Context) (at time.Time, ok bool, err error) {
	_, err = r.engine.Read(ctx, projections.Deadlines.Name, r.ledger.ID, r.position, func(ctx context.Context, tx pgx.Tx, shown int64) error {
		now, err := r.ledger.ClockAt(ctx, tx, shown, r.now())
		if err != nil {
			return err
		}
		at, ok, err = projections.NextDeadline(ctx, tx, r.ledger.ID, now)
		return err
	})
	return at, ok, err
}

// set moves the clock, unless somebody else has moved it further in the meantime.
func (r *round) set(ctx context.Context, by Caller, at time.Time) error {
	outcome, err := r.store.Execute(ctx, r.ledger, made(by, command.AdvanceClock(at)))
	var refused *domain.Rejection
	if errors.As(err, &refused) && refused.Code == "clock_backwards" {
		return nil
	}
	r.position = max(r.position, outcome.LastPosition)
	return err
}
