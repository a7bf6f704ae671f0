package process

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// Advanced is what came of advancing a clock.
type Advanced struct {
	Now      time.Time
	Ran      int   // deadlines that were carried out on the way
	Position int64 // that all read models show
}

// Caller is who asked for something, as the events will say.
type Caller struct {
	Actor       string
	Correlation string
}

// Advance sets a sandbox's clock to each deadline up to and including to in turn, carries it out with what it causes, and
// then sets the clock to to. It returns once all read models show it. Refused with clock_backwards or to_invalid, and
// then nothing has happened.
func (d *Deadlines) Advance(ctx context.Context, ledger eventstore.Ledger, by Caller, to time.Time) (Advanced, error) {
	check := made(uuid.Must(uuid.NewV7()), by, command.AdvanceClock(to))
	check.DryRun = true
	if _, err := d.store.Execute(ctx, ledger, check); err != nil {
		return Advanced{}, err
	}
	release, err := lease(ctx, d.pool, ledger)
	if err != nil {
		return Advanced{}, err
	}
	defer release()
	var done Advanced
	if done.Position, err = eventstore.Tail(ctx, d.pool, ledger.ID); err != nil {
		return done, err
	}
	if err := d.pass(ctx, ledger, by, to, &done); err != nil {
		return done, err
	}
	if err := d.engine.Await(ctx, ledger.ID, done.Position); err != nil {
		return done, err
	}
	done.Now, err = ledger.ClockAt(ctx, d.pool, done.Position, d.now())
	return done, err
}

// pass goes from deadline to deadline.
func (d *Deadlines) pass(ctx context.Context, ledger eventstore.Ledger, by Caller, to time.Time, done *Advanced) error {
	for {
		ran, last, err := d.runDue(ctx, ledger, done.Position)
		done.Ran, done.Position = done.Ran+ran, last
		if err != nil {
			return err
		}
		at, ok, err := d.next(ctx, ledger)
		if err != nil {
			return err
		}
		if !ok || at.After(to) {
			return d.set(ctx, ledger, by, to, done)
		}
		if err := d.set(ctx, ledger, by, at, done); err != nil {
			return err
		}
	}
}

// next is the first deadline behind the clock.
func (d *Deadlines) next(ctx context.Context, ledger eventstore.Ledger) (at time.Time, ok bool, err error) {
	_, err = d.engine.Read(ctx, projections.Deadlines.Name, ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, shown int64) error {
		now, err := ledger.ClockAt(ctx, tx, shown, d.now())
		if err != nil {
			return err
		}
		at, ok, err = projections.NextDeadline(ctx, tx, ledger.ID, now)
		return err
	})
	return at, ok, err
}

// set moves the clock, unless somebody else has moved it further meanwhile.
func (d *Deadlines) set(ctx context.Context, ledger eventstore.Ledger, by Caller, at time.Time, done *Advanced) error {
	outcome, err := d.store.Execute(ctx, ledger, made(uuid.Must(uuid.NewV7()), by, command.AdvanceClock(at)))
	var refused *domain.Rejection
	if errors.As(err, &refused) && refused.Code == "clock_backwards" {
		return nil
	}
	done.Position = max(done.Position, outcome.LastPosition)
	return err
}
