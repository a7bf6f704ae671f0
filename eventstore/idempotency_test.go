package eventstore_test

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

func TestARepeatIsAnsweredAsTheFirstTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	original := b.execute(first, withKey(put("box:a", 1, "red"), "key", 1))
	b.execute(first, take("box:a"))
	for _, store := range []*eventstore.Store{first, second} {
		// The box has room again, yet the repeat must not use it; and without room it must not be refused.
		for _, room := range []int{1, 0} {
			repeat := b.execute(store, withKey(put("box:a", room, "red"), "key", 1))
			if !repeat.Replayed || string(repeat.Body) != string(original.Body) || repeat.Version != 1 || repeat.LastPosition != 1 {
				t.Errorf("repeat %+v, original %+v", repeat, original)
			}
		}
		if _, err := store.Execute(b.ctx, b.ledger, withKey(put("box:b", 1, "red"), "key", 2)); code(err) != eventstore.CodeKeyReused {
			t.Errorf("the key of another request: %v", err)
		}
	}
	if n := len(b.events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// A release before or after this one made the stored fingerprint by another algorithm.
func TestARepeatOfAnotherReleasesRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, withKey(put("box:a", 1, "red"), "key", 9))
	again := withKey(put("box:a", 1, "red"), "key", 1)
	again.Others = make([][sha256.Size]byte, 2)
	again.Others[1][0] = 9
	if outcome := b.execute(store, again); !outcome.Replayed {
		t.Error("the repeat was not recognised")
	}
	again.Others[1][0] = 8
	if _, err := store.Execute(b.ctx, b.ledger, again); code(err) != eventstore.CodeKeyReused {
		t.Errorf("another request: %v", err)
	}
}

func TestTheKeySpeaksBeforeIfMatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	c := withKey(put("box:a", 5, "red"), "key", 1)
	c.IfMatch = []int64{0}
	b.execute(store, c)
	again := withKey(put("box:a", 5, "red"), "key", 1)
	again.IfMatch = []int64{0}
	if outcome := b.execute(store, again); !outcome.Replayed {
		t.Error("the repeat was not recognised")
	}
}

func TestARefusalLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	if _, err := store.Execute(b.ctx, b.ledger, withKey(put("box:a", 0, "red"), "key", 1)); code(err) != "box_full" {
		t.Fatal(err)
	}
	if outcome := b.execute(store, withKey(put("box:a", 1, "red"), "key", 2)); outcome.Replayed {
		t.Error("a refused command was replayed")
	}
}

func TestASuccessWithoutEventsIsRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 1, "red"))
	nothing := withKey(command("box:a", func(*eventstore.Decision) error { return nil }), "key", 1)
	first := b.execute(store, nothing)
	if first.LastPosition != 1 || first.FirstPosition != 2 {
		t.Errorf("positions %d to %d", first.FirstPosition, first.LastPosition)
	}
	b.execute(store, take("box:a"))
	repeat := withKey(put("box:a", 1, "red"), "key", 1)
	if second := b.execute(store, repeat); !second.Replayed || second.LastPosition != 1 || string(second.Body) != string(first.Body) {
		t.Errorf("repeat %+v, first %+v", second, first)
	}
}

// Equal keys meet inside a process and under the lock between processes: one effect, one answer.
func TestManyPostsWithOneKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stores := []*eventstore.Store{b.process(eventstore.Options{}), b.process(eventstore.Options{})}
	var callers sync.WaitGroup
	var mu sync.Mutex
	originals, answers := 0, map[string]int{}
	for i := range 1_000 {
		callers.Go(func() {
			outcome := b.execute(stores[i%2], withKey(put("box:a", 1, "red"), "key", 1))
			mu.Lock()
			defer mu.Unlock()
			answers[string(outcome.Body)]++
			if !outcome.Replayed {
				originals++
			}
		})
	}
	callers.Wait()
	if originals != 1 || len(answers) != 1 || len(b.events()) != 1 {
		t.Errorf("%d originals, answers %v", originals, answers)
	}
}

// Twins share a batch: the second stands on nothing of its own.
func TestTwinsInOneBatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:warm", 1, "red"))
	release := b.holdLock()
	var callers sync.WaitGroup
	callers.Go(func() { b.execute(store, put("box:first", 1, "red")) })
	b.awaitWaiting(1)

	var mu sync.Mutex
	got := map[string]int{}
	send := func(c eventstore.Command) {
		callers.Go(func() {
			outcome, err := store.Execute(b.ctx, b.ledger, c)
			result := code(err)
			if err == nil && outcome.Replayed {
				result = "replayed"
			} else if err == nil {
				result = "done"
			}
			mu.Lock()
			defer mu.Unlock()
			got[result]++
		})
	}
	for range 5 {
		send(withKey(put("box:a", 1, "red"), "key", 1))
	}
	for range 3 {
		send(withKey(put("box:b", 0, "red"), "refused", 1))
	}
	release()
	callers.Wait()
	if got["done"] != 1 || got["replayed"] != 4 || got["box_full"] != 3 {
		t.Errorf("answers %v", got)
	}
}

// A key that was used is known whatever its command would come to now, in a process that has seen no repeat yet.
func TestAUsedKeyIsKnownAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	original := b.execute(b.process(eventstore.Options{}), withKey(put("box:a", 1, "red"), "key", 1))
	for name, again := range map[string]eventstore.Command{
		"done again":        put("box:b", 1, "red"),
		"refused":           put("box:a", 0, "red"),
		"done for no event": command("box:a", func(*eventstore.Decision) error { return nil }),
	} {
		repeat := b.execute(b.process(eventstore.Options{}), withKey(again, "key", 1))
		if !repeat.Replayed || string(repeat.Body) != string(original.Body) || repeat.LastPosition != 1 {
			t.Errorf("what would be %s: %+v, original %+v", name, repeat, original)
		}
		_, err := b.process(eventstore.Options{}).Execute(b.ctx, b.ledger, withKey(again, "key", 2))
		if code(err) != eventstore.CodeKeyReused {
			t.Errorf("what would be %s, as another request: %v", name, err)
		}
	}
	dry := put("box:a", 2, "red")
	dry.DryRun = true
	if outcome := b.execute(b.process(eventstore.Options{}), withKey(dry, "key", 1)); outcome.Replayed || outcome.Version != 2 {
		t.Errorf("a dry run %+v", outcome)
	}
	if n := len(b.events()); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

// One used key refuses the whole batch at first; nobody but its own caller may notice.
func TestARepeatAmongNeighbours(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.process(eventstore.Options{})
	b.execute(other, withKey(put("box:other", 1, "red"), "used elsewhere", 1))
	b.execute(other, withKey(put("box:reused", 1, "red"), "reused", 1))
	store := b.process(eventstore.Options{})
	for _, try := range []string{"first", "second"} { // the second time the executor is wary
		release := b.holdLock()
		var callers sync.WaitGroup
		callers.Go(func() { b.execute(store, put(domain.Stream("box:busy-"+try), 1, "keeps the executor busy")) })
		b.awaitWaiting(1)
		for i := range 30 {
			callers.Go(func() {
				stream := domain.Stream(fmt.Sprintf("box:%s-%d", try, i))
				if outcome := b.execute(store, withKey(put(stream, 1, "red"), string(stream), 1)); outcome.Replayed || outcome.Version != 1 {
					t.Errorf("a neighbour got %+v", outcome)
				}
				if _, err := store.Execute(b.ctx, b.ledger, put(stream, 1, "blue")); code(err) != "box_full" {
					t.Errorf("a neighbour got %v", err)
				}
			})
		}
		callers.Go(func() {
			if outcome := b.execute(store, withKey(put("box:x", 1, "red"), "used elsewhere", 1)); !outcome.Replayed {
				t.Errorf("the repeat got %+v", outcome)
			}
		})
		callers.Go(func() {
			if _, err := store.Execute(b.ctx, b.ledger, withKey(put("box:y", 1, "red"), "reused", 2)); code(err) != eventstore.CodeKeyReused {
				t.Errorf("the key of another request: %v", err)
			}
		})
		release()
		callers.Wait()
	}
	if n := len(b.events()); n != 2+2*31 {
		t.Errorf("%d events, want %d", n, 2+2*31)
	}
}

// The third try holds the lock in a transaction of its own, which a used key must not break.
func TestAKeyThatIsUsedWhileTriesAreLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	tries := 0
	c := withKey(command("box:a", func(d *eventstore.Decision) error {
		if tries++; tries == 1 {
			b.execute(theirs, put("box:a", 10, "red"))
		}
		if tries == 2 {
			b.execute(theirs, withKey(put("box:a", 10, "blue"), "key", 1))
		}
		d.Append("box:a", ballPut{"green"})
		return nil
	}), "key", 1)
	if outcome := b.execute(ours, c); !outcome.Replayed || outcome.Version != 2 || tries != 3 {
		t.Errorf("%+v after %d tries", outcome, tries)
	}
	if n := len(b.events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// Each batch that is refused for a used key leaves dead rows behind. One that comes soon after another repeat is not sent
// without looking, so a swarm of repeats leaves next to none.
func TestASwarmOfRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for range 300 {
		b.execute(store, withKey(put("box:a", 1_000, "red"), "key", 1))
	}
	var size int64
	if err := b.admin.QueryRow(b.ctx, `SELECT pg_relation_size('tallystick.events')`).Scan(&size); err != nil {
		t.Fatal(err)
	}
	if n := len(b.events()); n != 1 || size > 8192 {
		t.Errorf("%d events in %d bytes, want 1 in a page", n, size)
	}
}

// The key speaks first, then If-Match: a twin of a command that succeeded is its repeat, and one of a command that was refused is
// judged under its own condition.
func TestTwinsWithDifferentConditions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 10, "red"))
	release := b.busy(store)
	var callers sync.WaitGroup
	send := func(key string, version int64, want string) {
		c := withKey(put("box:a", 10, "blue"), key, 1)
		c.IfMatch = []int64{version}
		queued := store.Queued(b.ledger)
		callers.Go(func() {
			outcome, err := store.Execute(b.ctx, b.ledger, c)
			got := code(err)
			if err == nil {
				got = fmt.Sprintf("version %d, replayed %v", outcome.Version, outcome.Replayed)
			}
			if got != want {
				t.Errorf("key %s at version %d: %s, want %s", key, version, got, want)
			}
		})
		await(t, "it to wait", func() bool { return store.Queued(b.ledger) == queued+1 })
	}
	send("first", 7, eventstore.CodeVersionMismatch)
	send("first", 1, "version 2, replayed false")
	send("first", 7, "version 2, replayed true")
	send("second", 1, eventstore.CodeVersionMismatch)
	send("second", 3, eventstore.CodeVersionMismatch)
	send("second", 2, "version 3, replayed false")
	release()
	callers.Wait()
}

// A command may succeed without saying how; its repeat says the same.
func TestAnAnswerWithoutAStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	for i := range 3 {
		silent := put("box:a", 1, "red")
		decide := silent.Decide
		silent.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
			_, err := decide(d)
			return eventstore.Answer{}, err
		}
		if outcome := b.execute(store, withKey(silent, "key", 1)); outcome.Status != 0 || outcome.Replayed != (i > 0) {
			t.Errorf("time %d: %+v", i, outcome)
		}
	}
	if n := len(b.events()); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}
