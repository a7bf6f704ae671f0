package eventstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// T1, T5, T33: many writers in several processes, refusals among them, on streams chosen at random.
func TestManyWritersInSeveralProcesses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var done atomic.Int64
	var callers sync.WaitGroup
	for range 3 {
		store := b.process(eventstore.Options{})
		for range 16 {
			callers.Go(func() {
				for range 40 {
					one := domain.Stream(fmt.Sprintf("box:%d", rand.IntN(5)))
					two := domain.Stream(fmt.Sprintf("box:%d", rand.IntN(5)))
					c := put(one, 60, "red")
					if one != two {
						c.Writes = append(c.Writes, two)
						decide := c.Decide
						c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
							answer, err := decide(d)
							d.Append(two, ballPut{"blue"})
							return answer, err
						}
					}
					outcome, err := store.Execute(b.ctx, b.ledger, c)
					if err != nil && code(err) != "box_full" {
						t.Error(err)
					}
					if err == nil {
						done.Add(outcome.LastPosition - outcome.FirstPosition + 1)
					}
				}
			})
		}
	}
	callers.Wait()
	if n := int64(len(b.events())); n != done.Load() {
		t.Errorf("%d events, %d acknowledged", n, done.Load())
	}
}

// T4: the last room of a box is given once, whoever asks.
func TestTheLastRoom(t *testing.T) {
	t.Parallel()
	for _, room := range []int{1, 3, 100} {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			stores := []*eventstore.Store{b.process(eventstore.Options{}), b.process(eventstore.Options{})}
			var callers sync.WaitGroup
			var won, refused atomic.Int64
			for i := range 1_000 {
				callers.Go(func() {
					_, err := stores[i%2].Execute(b.ctx, b.ledger, put("box:a", room, "red"))
					switch {
					case err == nil:
						won.Add(1)
					case code(err) == "box_full":
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			callers.Wait()
			if won.Load() != int64(room) || refused.Load() != int64(1_000-room) || len(b.events()) != room {
				t.Errorf("%d won, %d refused, %d events", won.Load(), refused.Load(), len(b.events()))
			}
		})
	}
}

// A chain stands on its first link: when another process has moved the box between, the second command of a chain must
// not be accepted on the strength of its version number alone. Tried at every place of the foreign event.
func TestChainsAgainstAForeignEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	for round := range 60 {
		stream := domain.Stream(fmt.Sprintf("box:chain-%d", round))
		b.execute(ours, put(stream, 1, "red")) // full, and ours knows it

		release := b.holdLock()
		var callers sync.WaitGroup
		callers.Go(func() { b.execute(ours, put(stream+"-other", 1, "keeps the executor busy")) })
		b.awaitWaiting(1)
		// These three wait as one batch: one of ours takes, two want the room that it leaves.
		var won atomic.Int64
		send := func(store *eventstore.Store, c eventstore.Command, counts bool) {
			callers.Go(func() {
				_, err := store.Execute(b.ctx, b.ledger, c)
				if err != nil && code(err) != "box_full" && code(err) != "box_empty" {
					t.Error(err)
				}
				if err == nil && counts {
					won.Add(1)
				}
			})
		}
		send(ours, take(stream), false)
		send(ours, put(stream, 1, "one"), true)
		send(ours, put(stream, 1, "two"), true)
		foreign := put(stream, 1, "foreign")
		if round%2 == 0 {
			foreign = take(stream)
		}
		send(theirs, foreign, round%2 == 1)
		release()
		callers.Wait()

		var balls, most int
		for _, e := range b.events() {
			if e.Stream != stream {
				continue
			}
			switch e.Fact.(type) {
			case ballPut:
				balls++
			case ballTaken:
				balls--
			}
			most = max(most, balls)
			if balls < 0 {
				t.Fatalf("round %d: a ball was taken from an empty box", round)
			}
		}
		if most > 1 {
			t.Fatalf("round %d: %d balls in a box with room for 1", round, most)
		}
	}
}

// The first link of a chain may turn out to be a repeat that is not done again. What stood on it must not be done either.
func TestChainsOnARepeat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:warm", 1, "red"))
	for round := range 40 {
		stream, key := domain.Stream(fmt.Sprintf("box:repeat-%d", round)), fmt.Sprint(round)
		b.execute(store, put(stream, 1, "one"))
		b.execute(store, withKey(take(stream), key, 1))
		b.execute(store, put(stream, 1, "two")) // full again

		release := b.holdLock()
		var callers sync.WaitGroup
		callers.Go(func() { b.execute(store, put(stream+"-other", 1, "keeps the executor busy")) })
		b.awaitWaiting(1)
		callers.Go(func() {
			if outcome := b.execute(store, withKey(take(stream), key, 1)); !outcome.Replayed {
				t.Errorf("round %d: the repeat was done again", round)
			}
		})
		callers.Go(func() {
			if _, err := store.Execute(b.ctx, b.ledger, put(stream, 1, "three")); code(err) != "box_full" {
				t.Errorf("round %d: a full box gave %v", round, err)
			}
		})
		release()
		callers.Wait()
	}
	b.events()
}

// Whatever one process was told, the other must know. What the other remembers says the opposite each time, so an answer
// from its memory, a refusal or a dry run above all, would be a wrong one.
func TestNeverAnAnswerFromThePast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, other := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	rounds := 10_000
	if testing.Short() {
		rounds = 200
	}
	b.execute(one, put("box:a", 1, "red"))
	b.execute(other, put("box:b", 1, "red"))
	if _, err := other.Execute(b.ctx, b.ledger, put("box:a", 1, "red")); code(err) != "box_full" {
		t.Fatal(err)
	}
	for round := range int64(rounds) {
		b.execute(one, take("box:a"))
		dry := put("box:a", 1, "blue")
		dry.DryRun = true
		if outcome := b.execute(other, dry); outcome.Version != 2*round+3 {
			t.Fatalf("round %d: a dry run stood on version %d", round, outcome.Version-1)
		}
		b.execute(other, put("box:a", 1, "blue"))
		if _, err := one.Execute(b.ctx, b.ledger, put("box:a", 1, "red")); code(err) != "box_full" {
			t.Fatalf("round %d: a full box gave %v", round, err)
		}
		one, other = other, one
	}
}

// A stream that moved by thousands of events elsewhere is read by its caller, while others are served.
func TestCatchingUpFar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	b.execute(ours, put("box:a", 10, "red"))
	b.execute(theirs, command("box:a", func(d *eventstore.Decision) error {
		for range 7_000 {
			d.Append("box:a", ballPut{"x"})
		}
		return nil
	}))
	if outcome := b.execute(ours, put("box:a", 10_000, "blue")); outcome.Version != 7_002 {
		t.Errorf("version %d", outcome.Version)
	}
	if _, err := ours.Execute(b.ctx, b.ledger, put("box:a", 10, "blue")); code(err) != "box_full" {
		t.Error(err)
	}
}

// Clocks of processes differ, and commands overtake one another; a stream's time goes forward all the same.
func TestEffectiveTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var callers sync.WaitGroup
	for i := range 2 {
		skew := time.Duration(i) * time.Hour
		store := b.process(eventstore.Options{Now: func() time.Time { return time.Now().Add(skew) }})
		for range 8 {
			callers.Go(func() {
				for range 10 {
					b.execute(store, put("box:a", 1_000, "red"))
				}
			})
		}
	}
	callers.Wait()
	events := b.events()
	for i, e := range events[1:] {
		if e.EffectiveAt.Before(events[i].EffectiveAt) {
			t.Fatalf("effective_at goes back at position %d", e.Position)
		}
	}
}

// TestFaultOnAnOldState: a fault of ours that comes of a state that has moved on is no more an answer than a refusal is.
func TestFaultOnAnOldState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	broken := errors.New("broken")
	check := func() eventstore.Command {
		return command("box:a", func(d *eventstore.Decision) error {
			if eventstore.StateOf[box](d, "box:a").Balls == 0 {
				return broken
			}
			return nil
		})
	}
	if _, err := two.Execute(b.ctx, b.ledger, check()); !errors.Is(err, broken) {
		t.Fatalf("%v, want the fault", err)
	}
	b.execute(one, put("box:a", 1, "first"))
	b.execute(two, check())
}

// TestGatheredMeanwhile: a command that came while a batch was on its way is decided on what became of that.
func TestGatheredMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	outcomes := make(chan error, 3)
	execute := func(store *eventstore.Store, c eventstore.Command) {
		go func() {
			_, err := store.Execute(b.ctx, b.ledger, c)
			outcomes <- err
		}()
	}
	release := b.holdLock()
	execute(two, put("box:a", 1, "theirs"))
	b.awaitWaiting(1)
	execute(one, put("box:a", 1, "ours"))
	b.awaitWaiting(2)
	// It comes while our ball is on its way, and takes theirs.
	execute(one, take("box:a"))
	release()
	codes := map[string]int{}
	for range 3 {
		codes[code(<-outcomes)]++
	}
	if codes["box_full"] != 1 || codes[""] != 2 {
		t.Errorf("outcomes %v", codes)
	}
	types := []string{}
	for _, e := range b.events() {
		types = append(types, e.Type)
	}
	if !slices.Equal(types, []string{"box.ball_put.v1", "box.ball_taken.v1"}) {
		t.Errorf("events %v", types)
	}
}
