package eventstore_test

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
)

// sandbox makes the bench's ledger another one, whose clock stands still.
func (b *bench) sandbox() {
	b.t.Helper()
	var err error
	b.ledger, err = eventstore.CreateLedger(b.ctx, b.admin, "sandbox", eventstore.ModeSandbox, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		b.t.Fatal(err)
	}
}

// advance moves the clock, as the command of that name does.
func advance(to time.Time) eventstore.Command {
	return command(clock.Stream(), func(d *eventstore.Decision) error {
		facts, err := clock.Decide(eventstore.StateOf[clock.State](d, clock.Stream()), clock.Advance{To: to}, d.Meta())
		d.AppendAt(clock.Stream(), to, domain.Events(facts)...)
		return err
	})
}

// TestSandboxClock: whatever process moved it, nothing is decided by a clock that has moved on.
func TestSandboxClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sandbox()
	one, two := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	b.execute(one, put("box:a", 9, "first"))
	b.execute(two, put("box:a", 9, "second"))
	for hour := 1; hour <= 20; hour++ {
		to := b.ledger.Clock.Add(time.Duration(hour) * time.Hour)
		moved := b.execute(one, advance(to))
		if again := b.execute(two, advance(to)); again.Version != moved.Version {
			t.Fatalf("the clock moved to %v twice", to)
		}
		if _, err := two.Execute(b.ctx, b.ledger, advance(to.Add(-1))); code(err) != "clock_backwards" {
			t.Fatalf("%v, want clock_backwards", err)
		}
		asked := take("box:a")
		asked.DryRun = true
		if tried := b.execute(two, asked); !tried.Proposed[0].EffectiveAt.Equal(to) {
			t.Fatalf("tried at %v, want %v", tried.Proposed[0].EffectiveAt, to)
		}
		b.execute(one, put("box:a", 99, "more"))
	}
	for _, e := range b.events() {
		want, err := b.ledger.ClockAt(b.ctx, b.admin, e.Position, time.Time{})
		if err != nil || !e.EffectiveAt.Equal(want) {
			t.Errorf("position %d is effective at %v, and the clock stood at %v (%v)", e.Position, e.EffectiveAt, want, err)
		}
	}
}

// TestAppendAt: what is late is effective when it was due, but never before what its stream has already.
func TestAppendAt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sandbox()
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 9, "first"))
	noon := b.ledger.Clock.Add(12 * time.Hour)
	b.execute(store, advance(b.ledger.Clock.AddDate(0, 0, 1)))
	for _, at := range []time.Time{noon, b.ledger.Clock.Add(-time.Hour)} {
		b.execute(store, command("box:a", func(d *eventstore.Decision) error {
			d.AppendAt("box:a", at, ballPut{"late"})
			return nil
		}))
	}
	events := b.events()
	if got := events[len(events)-2].EffectiveAt; !got.Equal(noon) {
		t.Errorf("effective at %v, want %v", got, noon)
	}
	if got := events[len(events)-1].EffectiveAt; !got.Equal(noon) {
		t.Errorf("effective at %v, before the event before it at %v", got, noon)
	}
}
