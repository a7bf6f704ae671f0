package engine

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestPoisonStopsItsProjection holds that an event that can't be applied stops one projection on one ledger, visibly
// and at its position. Nothing behind it is applied or lost, and the projection goes on once it is mended.
func TestPoisonStopsItsProjection(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]func() error{
		"error": func() error { return errIndigestible },
		"panic": func() error { panic("indigestible") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var mended atomic.Bool
			faulty := rooms.with(func(_ context.Context, apply func() error, page Page) error {
				if page.holds("poison") && !mended.Load() {
					return poison()
				}
				return apply()
			})
			p := b.run(only(visits, faulty))
			other := b.NewLedger("other")
			p.await(b.enter("acme", "ann"))
			b.enter("acme", "poison")
			last := b.enter("acme", "bob")
			beside := b.AppendTo(other, testbed.To(room("acme"), entered{"ann"}))

			testbed.Eventually(t, "rooms stops", func() bool { return p.report("rooms", 1).Status == StatusStopped })
			r := p.report("rooms", 1)
			if r.Position != 1 || r.Tail != last || r.Lag() != 2 || r.LagSeconds <= 0 ||
				!strings.Contains(r.Error, "page 2 to ") || !strings.Contains(r.Error, "indigestible") || strings.Contains(r.Error, "goroutine") {
				t.Errorf("report %+v", r)
			}
			p.read("visits", last, nothing)
			p.readOf(other.ID, "rooms", beside, nothing)

			if err := p.Retry(b.Ctx, "rooms", 1, b.Ledger.ID); err != nil {
				t.Fatal(err)
			}
			testbed.Eventually(t, "rooms stops again", func() bool { return p.report("rooms", 1).Status == StatusStopped })
			mended.Store(true)
			if err := p.Retry(b.Ctx, "rooms", 1, b.Ledger.ID); err != nil {
				t.Fatal(err)
			}
			p.await(last)
			b.expectRows(rooms, 1)
			if err := p.Retry(b.Ctx, "rooms", 1, b.Ledger.ID); err == nil {
				t.Error("a version that goes on was retried")
			}
		})
	}
}

// TestUnknownEvent holds that an event of a newer release makes whoever reads its stream wait, and nobody else. Nothing
// shared tells of it, and a process of the newer release goes on at once.
func TestUnknownEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	later := &bench{b.Knowing(streamType("room", entered{}, left{}, painted{}), streamType("garden", planted{}))}
	others := rooms
	others.Name, others.Reads = "others", nil
	p := b.run(only(rooms, visits, others), func(o *Options) { o.ReadWait = 50 * time.Millisecond })
	p.await(b.enter("acme", "ann"))
	t.Run("in a stream that nobody reads", func(t *testing.T) {
		p.await(later.Append("garden:main", planted{}))
		p.await(b.enter("acme", "bob"))
		if newer := b.Codec.Newer(); newer != nil {
			t.Errorf("met %v", newer)
		}
	})
	last := later.Append(room("acme"), painted{})
	t.Run("in a stream that is read", func(t *testing.T) {
		for _, projection := range []Projection{rooms, visits} {
			testbed.Eventually(t, projection.Name+" waits for a newer release", func() bool {
				_, err := p.Read(b.Ctx, projection.Name, b.Ledger.ID, last, func(context.Context, pgx.Tx, int64) error { return nil })
				newer, ok := errors.AsType[*eventstore.NewerReleaseError](err)
				return ok && newer.Type == "room.painted.v1"
			})
			if r := p.report(projection.Name, 1); r.Position != last-1 || r.Status != StatusActive || r.Error != "" {
				t.Errorf("report %+v", r)
			}
			p.read(projection.Name, last-1, nothing)
		}
		p.read("others", last, nothing)
		if newer := b.Codec.Newer(); newer == nil || newer.Type != "room.painted.v1" {
			t.Errorf("met %v", newer)
		}
		if n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_failures`); n > 0 {
			t.Errorf("%d failures are noted", n)
		}
	})
	t.Run("once a process of the newer release runs beside it", func(t *testing.T) {
		later.run(only(rooms, visits)).await(last)
		// The old process follows where it can: what it does not know lies behind it.
		p.await(b.enter("birch", "cid"))
	})
}
