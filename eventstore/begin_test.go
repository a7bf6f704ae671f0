package eventstore_test

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
)

// fillBegun puts a ball into a box that the command did not declare, if it has room.
func fillBegun(box string, room int) eventstore.Command {
	return command("box:main", func(d *eventstore.Decision) error {
		if err := d.Begin(domain.Stream(box)); err != nil {
			return err
		}
		_, err := put(domain.Stream(box), room, "late").Decide(d)
		return err
	})
}

// TestBegin: a stream that is taken as empty is confirmed like any other, so that whoever wrote to it before is not overlooked.
func TestBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	t.Run("an empty one", func(t *testing.T) {
		if done := b.execute(one, fillBegun("box:empty", 1)); done.LastPosition != done.FirstPosition {
			t.Errorf("%+v", done)
		}
	})
	t.Run("one that another process wrote to", func(t *testing.T) {
		b.execute(two, put("box:full", 9, "first"))
		if _, err := one.Execute(b.ctx, b.ledger, fillBegun("box:full", 1)); code(err) != "box_full" {
			t.Errorf("%v, want box_full", err)
		}
		b.execute(one, fillBegun("box:full", 2))
	})
	t.Run("a refusal that stands on it", func(t *testing.T) {
		if _, err := one.Execute(b.ctx, b.ledger, fillBegun("box:none", 0)); code(err) != "box_full" {
			t.Errorf("%v, want box_full", err)
		}
		b.execute(two, put("box:lost", 9, "ball"))
		refusedOfEmpty := command("box:main", func(d *eventstore.Decision) error {
			if err := d.Begin("box:lost"); err != nil {
				return err
			}
			_, err := take("box:lost").Decide(d)
			return err
		})
		b.execute(one, refusedOfEmpty)
	})
	t.Run("a dry run", func(t *testing.T) {
		b.execute(two, put("box:seen", 9, "ball"))
		dry := fillBegun("box:seen", 1)
		dry.DryRun = true
		if _, err := one.Execute(b.ctx, b.ledger, dry); code(err) != "box_full" {
			t.Errorf("%v, want box_full", err)
		}
	})
	t.Run("many in one command, by two processes at once", func(t *testing.T) {
		many := func(d *eventstore.Decision) error {
			for i := range 40 {
				stream := domain.NewStream("box", string(rune('a'+i%26))+string(rune('a'+i/26)))
				if err := d.Begin(stream); err != nil {
					return err
				}
				d.Append(stream, ballPut{"many"})
			}
			return nil
		}
		done := make(chan error)
		for _, store := range []*eventstore.Store{one, two, one, two} {
			go func() {
				_, err := store.Execute(b.ctx, b.ledger, command("box:main", many))
				done <- err
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	b.events()
}

// TestTheClockMovesInADecision: what is decided behind an event of the clock is decided at its time.
func TestTheClockMovesInADecision(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sandbox()
	store := b.process(eventstore.Options{})
	to := b.ledger.Clock.Add(time.Hour)
	moves := command(clock.Stream(), func(d *eventstore.Decision) error {
		d.Append("box:a", ballPut{"before"})
		d.AppendAt(clock.Stream(), to, clock.Advanced{To: to})
		d.Append("box:a", ballPut{"after"})
		if !d.Now().Equal(to) {
			t.Errorf("it is %v, want %v", d.Now(), to)
		}
		return nil
	})
	moves.Writes = append(moves.Writes, "box:a")
	b.execute(store, moves)
	events := b.events()
	if at := events[0].EffectiveAt; !at.Equal(b.ledger.Clock) {
		t.Errorf("before: %v", at)
	}
	if at := events[2].EffectiveAt; !at.Equal(to) {
		t.Errorf("after: %v", at)
	}
}
