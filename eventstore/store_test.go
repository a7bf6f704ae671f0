package eventstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

func TestACommandBecomesEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})

	c := put("box:a", 10, "red")
	c.Writes = append(c.Writes, "box:b")
	decide := c.Decide
	c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
		answer, err := decide(d)
		d.Append("box:b", ballPut{"blue"}, ballPut{"green"})
		return answer, err
	}
	c.Causation = "something"
	outcome := b.execute(store, c)

	if outcome.FirstPosition != 1 || outcome.LastPosition != 3 || outcome.Version != 1 || outcome.Replayed {
		t.Errorf("outcome %+v", outcome)
	}
	events := b.events()
	if len(events) != 3 || events[2].Stream != "box:b" || events[2].Version != 2 || events[2].Fact != (ballPut{"green"}) {
		t.Fatalf("events %+v", events)
	}
	if string(events[0].Data) != `{"ball":"red"}` || events[0].Actor != "tester" || events[0].Causation != "something" {
		t.Errorf("envelope %+v", events[0])
	}
}

// The database computes the leaf and the program the body; an auditor computes both.
func TestTheStoredLeafIsTheAuditorsLeaf(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for i := range 20 {
		c := put("box:a", 100, fmt.Sprintf("ball-%d-é", i))
		if i%2 == 1 {
			c.Causation = "cause"
		}
		b.execute(store, c)
	}
	for _, e := range b.events() {
		if b.leafOf(e) != string(e.LeafHash) {
			t.Fatalf("the leaf at position %d is another than stored", e.Position)
		}
	}
}

func TestASandboxClockStandsStill(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := time.Date(2030, 1, 2, 3, 4, 5, 678901234, time.UTC)
	ledger, err := eventstore.CreateLedger(b.ctx, b.admin, "sandbox", eventstore.ModeSandbox, start)
	if err != nil {
		t.Fatal(err)
	}
	store := b.process(eventstore.Options{})
	if _, err := store.Execute(b.ctx, ledger, put("box:a", 1, "red")); err != nil {
		t.Fatal(err)
	}
	events, err := b.codec.After(b.ctx, b.admin, ledger.ID, 0, eventstore.Filter{}, 10)
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	if want := start.Truncate(time.Microsecond); !events[0].EffectiveAt.Equal(want) {
		t.Errorf("effective at %v, want %v", events[0].EffectiveAt, want)
	}
}

func TestEveryGroupSize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	total := int64(0)
	for _, size := range []int{0, 1, 999, 1_000, 1_001, eventstore.GroupEventsMax} {
		outcome := b.execute(store, command("box:a", func(d *eventstore.Decision) error {
			for range size {
				d.Append("box:a", ballPut{"x"})
			}
			return nil
		}))
		total += int64(size)
		if outcome.LastPosition != total || outcome.FirstPosition != total-int64(size)+1 {
			t.Errorf("group of %d: positions %d to %d", size, outcome.FirstPosition, outcome.LastPosition)
		}
	}
	_, err := store.Execute(b.ctx, b.ledger, command("box:a", func(d *eventstore.Decision) error {
		for range eventstore.GroupEventsMax + 1 {
			d.Append("box:a", ballPut{"x"})
		}
		return nil
	}))
	if code(err) != eventstore.CodeTooManyEvents {
		t.Errorf("a group above the bound gave %v", err)
	}
	if n := int64(len(b.events())); n != total {
		t.Errorf("%d events, want %d", n, total)
	}
}

func TestAnAnswerWithoutABody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	c := put("box:a", 1, "red")
	c.Decide = func(*eventstore.Decision) (eventstore.Answer, error) { return eventstore.Answer{Status: 204}, nil }
	if outcome := b.execute(store, c); outcome.Status != 204 || len(outcome.Body) != 0 {
		t.Errorf("outcome %+v", outcome)
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 10, "red"))

	stale := put("box:a", 10, "blue")
	stale.IfMatch = []int64{0, 2}
	if _, err := store.Execute(b.ctx, b.ledger, stale); code(err) != eventstore.CodeVersionMismatch {
		t.Errorf("a stale If-Match gave %v", err)
	}
	fresh := put("box:a", 10, "blue")
	fresh.IfMatch = []int64{7, 1}
	if outcome := b.execute(store, fresh); outcome.Version != 2 {
		t.Errorf("version %d after a fresh If-Match", outcome.Version)
	}
}

func TestADryRunProposesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	dry := withKey(put("box:a", 1, "red"), "key", 1)
	dry.DryRun = true
	for range 2 {
		outcome := b.execute(store, dry)
		if len(outcome.Proposed) != 1 || outcome.Proposed[0].Fact != (ballPut{"red"}) || outcome.FirstPosition != 1 || outcome.LastPosition != 0 {
			t.Errorf("outcome %+v", outcome)
		}
	}
	if n := len(b.events()); n != 0 {
		t.Errorf("a dry run left %d events", n)
	}
	b.execute(store, put("box:b", 1, "blue"))
	if outcome := b.execute(store, dry); outcome.FirstPosition != 2 || outcome.LastPosition != 1 {
		t.Errorf("confirmed at the wrong position: %+v", outcome)
	}
	b.execute(store, withKey(put("box:a", 1, "other"), "key", 2))
}

func TestACommandMayOnlyTouchWhatItDeclares(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for name, decide := range map[string]func(*eventstore.Decision) error{
		"append to an undeclared stream": func(d *eventstore.Decision) error {
			d.Append("box:b", ballPut{"red"})
			return nil
		},
		"append to a stream that it reads": func(d *eventstore.Decision) error {
			d.Append("box:read", ballPut{"red"})
			return nil
		},
		"look at an undeclared stream": func(d *eventstore.Decision) error {
			_ = eventstore.StateOf[box](d, "box:b")
			return nil
		},
		"panic": func(*eventstore.Decision) error { panic("at the disco") },
	} {
		c := command("box:a", decide)
		c.Reads = []domain.Stream{"box:read"}
		if _, err := store.Execute(b.ctx, b.ledger, c); err == nil || code(err) != "" {
			t.Errorf("%s: %v, want a fault", name, err)
		}
	}
	b.execute(store, put("box:a", 1, "red"))
	if n := len(b.events()); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestReadingBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for _, stream := range []domain.Stream{"box:a", "box:b", "box:a"} {
		b.execute(store, put(stream, 10, "red"))
	}
	b.execute(store, take("box:a"))
	for name, test := range map[string]struct {
		filter eventstore.Filter
		after  int64
		want   []int64
	}{
		"all":             {eventstore.Filter{}, 0, []int64{1, 2, 3, 4}},
		"behind":          {eventstore.Filter{}, 2, []int64{3, 4}},
		"one stream":      {eventstore.Filter{Stream: "box:a"}, 1, []int64{3, 4}},
		"one type":        {eventstore.Filter{Type: "box.ball_taken.v1"}, 0, []int64{4}},
		"types by prefix": {eventstore.Filter{Type: "box.*"}, 0, []int64{1, 2, 3, 4}},
		"both":            {eventstore.Filter{Stream: "box:a", Type: "box.ball_put.v1"}, 0, []int64{1, 3}},
		"no such type":    {eventstore.Filter{Type: "bo.*"}, 0, nil},
	} {
		events, err := b.codec.After(b.ctx, b.admin, b.ledger.ID, test.after, test.filter, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, e := range events {
			got = append(got, e.Position)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: positions %v, want %v", name, got, test.want)
		}
	}
	tail, err := eventstore.Tail(b.ctx, b.admin, b.ledger.ID)
	if err != nil || tail != 4 {
		t.Errorf("tail %d, %v", tail, err)
	}
}

func TestLedgersShareNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	other, err := eventstore.CreateLedger(b.ctx, b.admin, "other", eventstore.ModeLive, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eventstore.CreateLedger(b.ctx, b.admin, "other", eventstore.ModeLive, time.Now()); !errors.Is(err, eventstore.ErrLedgerExists) {
		t.Errorf("a second ledger of one name: %v", err)
	}
	for _, ledger := range []eventstore.Ledger{b.ledger, other} {
		outcome, err := store.Execute(b.ctx, ledger, withKey(put("box:a", 1, "red"), "same key", ledger.ID[15]))
		if err != nil || outcome.LastPosition != 1 || outcome.Replayed {
			t.Errorf("ledger %s: %+v, %v", ledger.Name, outcome, err)
		}
	}
	ghost := eventstore.Ledger{Mode: eventstore.ModeLive}
	if _, err := store.Execute(b.ctx, ghost, put("box:a", 1, "red")); err == nil {
		t.Error("an unknown ledger took an event")
	}
}

func TestTheCacheIsOnlyACache(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{CacheBytes: 1})
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() {
			for range 20 {
				b.execute(store, put(domain.Stream(fmt.Sprintf("box:%d", i%7)), 1_000, "red"))
			}
		})
	}
	callers.Wait()
	if n := len(b.events()); n != 400 {
		t.Errorf("%d events, want 400", n)
	}
}

func TestCloseAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() { b.execute(store, put("box:a", 100, "red")) })
	}
	callers.Wait()
	store.Close()
	if _, err := store.Execute(b.ctx, b.ledger, put("box:a", 100, "red")); !errors.Is(err, eventstore.ErrClosed) {
		t.Errorf("a closed store gave %v", err)
	}
	store.Close()
}

// A command whose streams follow from a state comes again with those that it asks for, and does nothing before.
func TestACommandAsksForStreams(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:b", 10, "old"))
	declared := []domain.Stream{"box:a"}
	decided := 0
	c := command("box:a", func(d *eventstore.Decision) error {
		decided++
		d.Append("box:a", ballPut{"red"})
		for _, more := range [][]domain.Stream{{"box:a"}, {"box:b", "box:c", "box:b"}, {"box:d"}} {
			if err := d.Need(more...); err != nil {
				return err
			}
		}
		if d.Version("box:b") != 1 {
			return fmt.Errorf("box:b is at version %d", d.Version("box:b"))
		}
		d.Append("box:b", ballPut{"blue"})
		d.Append("box:d", ballPut{"green"})
		return nil
	})
	c.Writes = declared
	outcome := b.execute(store, c)
	if decided != 3 || outcome.FirstPosition != 2 || outcome.LastPosition != 4 || outcome.Version != 1 || len(declared) != 1 {
		t.Errorf("decided %d times, outcome %+v", decided, outcome)
	}
	if events := b.events(); len(events) != 4 || events[2].Stream != "box:b" || events[2].Version != 2 || events[3].Stream != "box:d" {
		t.Errorf("events %+v", events)
	}
}
