package projections

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// with puts something around a projection's Apply.
func (p Projection) with(around func(ctx context.Context, apply func() error, page Page) error) Projection {
	inner := p.Apply
	p.Apply = func(ctx context.Context, tx pgx.Tx, page Page) error {
		return around(ctx, func() error { return inner(ctx, tx, page) }, page)
	}
	return p
}

// holds reports whether a page has a seat for this member.
func (p Page) holds(member string) bool {
	for _, event := range p.Events {
		if e, ok := event.Fact.(seating.Allocated); ok && e.Member == member {
			return true
		}
	}
	return false
}

func seat(member string) seating.Allocated {
	return seating.Allocated{Member: member, Role: seating.RoleMember, Since: begin}
}

// TestFailureAfterApplying covers T20 and T24: what a failed attempt has written is gone, so the effect is there once.
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
			faulty := Seats
			faulty.Apply = func(ctx context.Context, tx pgx.Tx, page Page) error {
				err := Seats.Apply(ctx, tx, page)
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
			p.await(b.append(seating.Stream("acme"), seat("ann"), seat("bob")))
			if n := failures.Load(); n != 3 {
				t.Errorf("%d attempts", n)
			}
			b.expectRows(Seats, 1)
			if r := p.report("seats", 1); r.Status != StatusActive || r.Error != "" {
				t.Errorf("report %+v", r)
			}
		})
	}
}

// TestPoisonStopsItsProjection holds that an event that can't be applied stops one projection on one ledger, visibly and
// at its position, that nothing behind it is applied or lost, and that it goes on once it is mended.
func TestPoisonStopsItsProjection(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]func() error{
		"error": func() error { return errors.New("indigestible") },
		"panic": func() error { panic("indigestible") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var mended atomic.Bool
			faulty := Seats.with(func(_ context.Context, apply func() error, page Page) error {
				if page.holds("poison") && !mended.Load() {
					return poison()
				}
				return apply()
			})
			p := b.run(only(Catalog, Subscriptions, Licences, faulty))
			other := b.newLedger("other")
			p.await(b.append(seating.Stream("acme"), seat("ann")))
			b.append(seating.Stream("acme"), seat("poison"))
			last := b.append(seating.Stream("acme"), seat("bob"))
			beside := b.appendTo(other, group{{seating.Stream("acme"), events(seat("ann"))}})

			eventually(t, "seats stops", func() bool { return p.report("seats", 1).Status == StatusStopped })
			r := p.report("seats", 1)
			if r.Position != 1 || r.Tail != last || r.Lag() != 2 || r.LagSeconds <= 0 ||
				!strings.Contains(r.Error, "page 2 to ") || !strings.Contains(r.Error, "indigestible") || strings.Contains(r.Error, "goroutine") {
				t.Errorf("report %+v", r)
			}
			p.read("licences", last, nothing)
			p.readOf(other.ID, "seats", beside, nothing)

			if err := p.Retry(b.ctx, "seats", 1, b.ledger.ID); err != nil {
				t.Fatal(err)
			}
			eventually(t, "seats stops again", func() bool { return p.report("seats", 1).Status == StatusStopped })
			mended.Store(true)
			if err := p.Retry(b.ctx, "seats", 1, b.ledger.ID); err != nil {
				t.Fatal(err)
			}
			p.await(last)
			b.expectRows(Seats, 1)
			if err := p.Retry(b.ctx, "seats", 1, b.ledger.ID); err == nil {
				t.Error("a version that goes on was retried")
			}
		})
	}
}

// TestUnknownEventStopsAll holds that an event of a later release is never skipped.
func TestUnknownEventStopsAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run()
	p.await(b.append(seating.Stream("acme"), seat("ann")))
	later := b.later()
	last := later.append(laterType.stream(), laterEvent{})
	for _, projection := range All() {
		eventually(t, projection.Name+" stops", func() bool { return p.report(projection.Name, 1).Status == StatusStopped })
		if r := p.report(projection.Name, 1); r.Position != 1 || !strings.Contains(r.Error, "later.happened.v1 is unknown") {
			t.Errorf("report %+v", r)
		}
	}
	// The release that knows the event is started, and somebody tells it to go on.
	p.stop()
	p = later.run()
	for _, projection := range All() {
		if err := p.Retry(b.ctx, projection.Name, 1, b.ledger.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.await(last)
}

// TestLateFailure notes a failure of a page that another owner has applied meanwhile: it stands in nobody's way.
func TestLateFailure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, first, _ := b.byHand(Seats)
	last := b.append(seating.Stream("acme"), seat("ann"))
	first.apply(b, last, last)
	for range attemptsMax {
		page := eventstore.PageRange{Ledger: b.ledger.ID, From: last, To: last}
		if _, err := first.noteFailure(b.ctx, page, errors.New("came second")); err != nil {
			t.Fatal(err)
		}
	}
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
	last = b.append(seating.Stream("acme"), seat("bob"))
	p.run()
	eventually(t, "the version goes on", func() bool { return p.report("seats", 1).Position == last })
}

// TestFailureThatCantBeNoted covers T28: while a failure can't be written down, its page is neither skipped nor given up.
func TestFailureThatCantBeNoted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var attempts atomic.Int32
	faulty := Seats.with(func(context.Context, func() error, Page) error {
		attempts.Add(1)
		return errors.New("indigestible")
	})
	b.exec(`REVOKE INSERT ON tallystick.projection_failures FROM ` + appRole)
	p := b.run(only(faulty))
	b.append(seating.Stream("acme"), seat("ann"))
	eventually(t, "it is tried again", func() bool { return attempts.Load() > attemptsMax })
	if r := p.report("seats", 1); r.Position != 0 || r.Lag() != 1 || r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	b.exec(`GRANT INSERT ON tallystick.projection_failures TO ` + appRole)
	eventually(t, "it stops", func() bool { return p.report("seats", 1).Status == StatusStopped })
}

// TestCancelledInMidPage covers T8: an engine that is stopped between write and commit leaves nothing half done.
func TestCancelledInMidPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	applied := make(chan struct{}, 1)
	p := b.run(only(Seats.with(func(ctx context.Context, apply func() error, page Page) error {
		if err := apply(); err != nil || !page.holds("bob") {
			return err
		}
		signal(applied)
		<-ctx.Done()
		return nil
	})))
	p.await(b.append(seating.Stream("acme"), seat("ann")))
	before := b.dumpVersion("seats", 1)
	last := b.append(seating.Stream("acme"), seat("bob"))
	<-applied
	p.stop()
	if after := b.dumpVersion("seats", 1); after != before {
		t.Errorf("rows:\n%s\nwere:\n%s", after, before)
	}
	if r := p.report("seats", 1); r.Position != 1 || r.Error != "" {
		t.Errorf("report %+v", r)
	}
	b.run(only(Seats)).await(last)
	b.expectRows(Seats, 1)
}
