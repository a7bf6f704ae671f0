package eventstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// sprung is an event that some values of can't be written, or read again. A trap counts how often it was sprung.
type sprung struct {
	How  string
	Part *part `json:"-"`
}

type part struct{ How string }

func (sprung) EventType() string { return "trap.sprung.v1" }

func (e sprung) MarshalJSON() ([]byte, error)  { return marshalTrap(e.How) }
func (e *sprung) UnmarshalJSON(b []byte) error { return unmarshalTrap(&e.How, b) }
func (p part) MarshalJSON() ([]byte, error)    { return marshalTrap(p.How) }
func (p *part) UnmarshalJSON(b []byte) error   { return unmarshalTrap(&p.How, b) }

func marshalTrap(how string) ([]byte, error) {
	switch how {
	case "can't be written":
		return nil, errors.New("it is written in water")
	case "panics when written":
		panic("no ink")
	}
	return fmt.Appendf(nil, `{"how":%q}`, how), nil
}

func unmarshalTrap(how *string, b []byte) error {
	switch {
	case strings.Contains(string(b), "can't be read"):
		return errors.New("it is illegible")
	case strings.Contains(string(b), "panics when read"):
		panic("no light")
	}
	*how = strings.Split(string(b), `"`)[3]
	return nil
}

type trap struct{ Sprung int }

func (trap) Size() int { return 64 }

var trapType = domain.NewStreamType[domain.Event]("trap", func(s trap, _ domain.Event) trap {
	s.Sprung++
	return s
}, sprung{}).With(domain.EventType{Zero: sprung{}, Private: domain.PrivateIn(func(e *sprung) **part { return &e.Part })})

func spring(stream domain.Stream, at int, fact sprung) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		if n := eventstore.StateOf[trap](d, stream).Sprung; n != at {
			return domain.Conflict("sprung", "the trap was sprung %d times", n)
		}
		d.Append(stream, fact)
		return nil
	})
}

// What can't be read back is not stored, and fails the command that brought it alone: its neighbours go on, and those that
// were decided on it are decided on what is there.
func TestWhatCannotBeReadIsNotStored(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"can't be written", "panics when written", "can't be read", "panics when read"} {
		for name, bad := range map[string]sprung{"it": {How: how}, "its private part": {How: "well", Part: &part{how}}} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				var err error
				if b.codec, err = eventstore.NewCodec(boxType, trapType); err != nil {
					t.Fatal(err)
				}
				store := b.process(eventstore.Options{})
				if _, err := store.Execute(b.ctx, b.ledger, spring("trap:a", 0, bad)); err == nil || code(err) != "" {
					t.Errorf("alone: %v, want a fault", err)
				}
				release := b.busy(store)
				var callers sync.WaitGroup
				for i := range 100 {
					stream := domain.Stream(fmt.Sprintf("trap:%d", i))
					fact, fails := sprung{How: "well"}, i%10 == 3
					if fails {
						fact = bad
					}
					callers.Go(func() {
						_, err := store.Execute(b.ctx, b.ledger, spring(stream, 0, fact))
						if fails && (err == nil || code(err) != "") || !fails && err != nil {
							t.Errorf("command %d: %v", i, err)
						}
					})
				}
				await(t, "all to wait", func() bool { return store.Queued(b.ledger) == 100 })
				for i := range 100 { // these come behind, and are decided in the same batch on what the first ones leave
					fails := i%10 == 3
					callers.Go(func() {
						_, err := store.Execute(b.ctx, b.ledger, spring(domain.Stream(fmt.Sprintf("trap:%d", i)), 1, sprung{How: "well"}))
						if fails && code(err) != "sprung" || !fails && err != nil {
							t.Errorf("the second command %d: %v", i, err)
						}
					})
				}
				await(t, "all to wait", func() bool { return store.Queued(b.ledger) == 200 })
				release()
				callers.Wait()
				if n := len(b.events()); n != 1+2*90 {
					t.Errorf("%d events, want %d", n, 1+2*90)
				}
			})
		}
	}
}
