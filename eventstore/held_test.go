package eventstore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
)

// holding has the answer of a command held.
func holding(c eventstore.Command, hold time.Duration) eventstore.Command {
	decide := c.Decide
	c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
		a, err := decide(d)
		a.Status, a.Hold = 202, hold
		return a, err
	}
	return c
}

func TestAnAnswerThatIsHeld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	command := func() eventstore.Command { return holding(withKey(put("box:a", 1, "red"), "key", 1), time.Hour) }
	if o := b.execute(first, command()); o.Status != 202 || o.Replayed {
		t.Errorf("the first is answered %+v", o)
	}
	for _, store := range []*eventstore.Store{first, second} {
		if _, err := store.Execute(b.ctx, b.ledger, command()); code(err) != eventstore.CodeInProgress {
			t.Errorf("a repeat while the answer is held: %v", err)
		}
		if _, err := store.Execute(b.ctx, b.ledger, withKey(put("box:b", 1, "red"), "key", 2)); code(err) != eventstore.CodeKeyReused {
			t.Errorf("the key of another request: %v", err)
		}
	}
	b.execute(first, take("box:a"))
	later := eventstore.Answer{Status: 201, Body: []byte(`"later"`)}
	for i, want := range []bool{true, false} {
		if replaced, err := second.ReplaceAnswer(b.ctx, b.ledger, "key", later, 7, 2); err != nil || replaced != want {
			t.Errorf("replacing it, time %d: %v, %v", i+1, replaced, err)
		}
		later.Body = []byte(`"twice"`)
	}
	for _, store := range []*eventstore.Store{first, second} {
		o := b.execute(store, command())
		if !o.Replayed || o.Status != 201 || string(o.Body) != `"later"` || o.Version != 7 || o.LastPosition != 2 {
			t.Errorf("a repeat afterwards is answered %+v", o)
		}
	}
}

// Nobody waits for a process that was killed: the first answer counts from then on, and stays.
func TestAnAnswerIsHeldForATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	command := func() eventstore.Command {
		return holding(withKey(put("box:a", 1, "red"), "key", 1), time.Microsecond)
	}
	b.execute(store, command())
	if o := b.execute(store, command()); !o.Replayed || o.Status != 202 {
		t.Errorf("a repeat is answered %+v", o)
	}
	for _, key := range []string{"key", "another"} {
		if replaced, err := store.ReplaceAnswer(b.ctx, b.ledger, key, eventstore.Answer{Status: 201, Body: []byte("1")}, 1, 1); err != nil || replaced {
			t.Errorf("replacing the answer of %s: %v, %v", key, replaced, err)
		}
	}
}

// Of many that come at once with one key, one does it, and none of the others is told the first answer while it is held.
func TestACrowdWithOneKeyThatIsHeld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stores := []*eventstore.Store{b.process(eventstore.Options{}), b.process(eventstore.Options{})}
	var crowd sync.WaitGroup
	answers := make(chan string, 40)
	for i := range 40 {
		crowd.Go(func() {
			o, err := stores[i%2].Execute(b.ctx, b.ledger, holding(withKey(put("box:a", 40, "red"), "key", 1), time.Hour))
			switch {
			case err == nil && !o.Replayed:
				answers <- "done"
			case code(err) == eventstore.CodeInProgress:
				answers <- "in progress"
			default:
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
	crowd.Wait()
	close(answers)
	done := 0
	for answer := range answers {
		if answer == "done" {
			done++
		}
	}
	if done != 1 || len(b.events()) != 1 {
		t.Errorf("%d did it, with %d events", done, len(b.events()))
	}
}
