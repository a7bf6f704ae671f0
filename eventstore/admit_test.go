package eventstore_test

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// TestWhatIsNotAdmittedRefusesItsCommand stores none of its events, whatever the rest of the command makes of them.
func TestWhatIsNotAdmittedRefusesItsCommand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	heavy := domain.Conflict("too_heavy", "a lead ball breaks the box")
	admitting := boxType.Admitting(func(event domain.Event) error {
		if put, ok := event.(ballPut); ok && put.Ball == "lead" {
			return heavy
		}
		return nil
	})
	var err error
	if b.codec, err = eventstore.NewCodec(admitting); err != nil {
		t.Fatal(err)
	}
	store := b.process(eventstore.Options{})
	put := func(after error, balls ...string) eventstore.Command {
		return command("box:a", func(d *eventstore.Decision) error {
			for _, ball := range balls {
				d.Append("box:a", ballPut{ball})
			}
			return after
		})
	}
	for name, tt := range map[string]struct {
		command eventstore.Command
		want    string
	}{
		"admitted":                  {put(nil, "wood"), ""},
		"alone":                     {put(nil, "lead"), "too_heavy"},
		"behind one that is":        {put(nil, "wood", "lead"), "too_heavy"},
		"with a fault that follows": {put(domain.Conflict("broken", "the box is broken"), "lead", "wood"), "too_heavy"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dry := range []bool{false, true} {
				c := tt.command
				c.DryRun = dry
				if _, err := store.Execute(b.ctx, b.ledger, c); (err != nil || tt.want != "") && code(err) != tt.want {
					t.Errorf("dry run %t: %v, want %q", dry, err, tt.want)
				}
			}
		})
	}
	if n := len(b.events()); n != 1 {
		t.Errorf("%d events are stored, want 1", n)
	}
}
