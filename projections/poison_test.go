package projections

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/domain/seating"
)

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
