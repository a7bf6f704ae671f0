package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestFailureAfterApplying fails attempts after they have written: their writes are gone, so the effect is there once.
func TestFailureAfterApplying(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error":     func() error { return errors.New("out of luck") },
		"panic":     func() error { panic("out of luck") },
		"SQL error": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var failures atomic.Int32
			faulty := rooms
			faulty.Apply = func(ctx context.Context, tx pgx.Tx, page Page) error {
				err := rooms.Apply(ctx, tx, page)
				if err != nil || failures.Add(1) > 2 {
					return err
				}
				if fail == nil {
					_, err := tx.Exec(ctx, `SELECT 1/0`)
					return err
				}
				return fail()
			}
			p := b.run(only(faulty))
			p.await(b.enter("acme", "ann", "bob"))
			if n := failures.Load(); n != 3 {
				t.Errorf("%d attempts", n)
			}
			b.expectRows(rooms, 1)
			if r := p.report("rooms", 1); r.Status != StatusActive || r.Error != "" {
				t.Errorf("report %+v", r)
			}
		})
	}
}

// TestLateFailure records a failure of a page that another owner has applied meanwhile. It stands in nobody's way.
func TestLateFailure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, _ := b.byHand(rooms)
	last := b.enter("acme", "ann")
	first.apply(b, last, last)
	for range attemptsMax {
		page := eventstore.PageRange{Ledger: b.Ledger.ID, From: last, To: last}
		if _, err := first.noteFailure(b.Ctx, page, errors.New("came second")); err != nil {
			t.Fatal(err)
		}
	}
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
	last = b.enter("acme", "bob")
	p.run()
	testbed.Eventually(t, "the version goes on", func() bool { return p.report("rooms", 1).Position == last })
}

// TestFailureThatCantBeNoted neither skips nor gives up a page whose failure can't be recorded.
func TestFailureThatCantBeNoted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var attempts atomic.Int32
	faulty := rooms.with(func(context.Context, func() error, Page) error {
		attempts.Add(1)
		return errIndigestible
	})
	b.Exec(`REVOKE INSERT ON tallystick.projection_failures FROM ` + pgtest.AppRole)
	p := b.run(only(faulty))
	b.enter("acme", "ann")
	testbed.Eventually(t, "it is tried again", func() bool { return attempts.Load() > attemptsMax })
	if r := p.report("rooms", 1); r.Position != 0 || r.Lag() != 1 || r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	b.Exec(`GRANT INSERT ON tallystick.projection_failures TO ` + pgtest.AppRole)
	testbed.Eventually(t, "it stops", func() bool { return p.report("rooms", 1).Status == StatusStopped })
}

// TestCancelledInMidPage stops an engine between write and commit. Nothing is left half done.
func TestCancelledInMidPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	applied := make(chan struct{}, 1)
	p := b.run(only(rooms.with(func(ctx context.Context, apply func() error, page Page) error {
		if err := apply(); err != nil || !page.holds("bob") {
			return err
		}
		signal(applied)
		<-ctx.Done()
		return nil
	})))
	p.await(b.enter("acme", "ann"))
	before := b.dumpVersion("rooms", 1)
	last := b.enter("acme", "bob")
	<-applied
	p.stop()
	if after := b.dumpVersion("rooms", 1); after != before {
		t.Errorf("rows:\n%s\nwere:\n%s", after, before)
	}
	if r := p.report("rooms", 1); r.Position != 1 || r.Error != "" {
		t.Errorf("report %+v", r)
	}
	b.run(only(rooms)).await(last)
	b.expectRows(rooms, 1)
}
