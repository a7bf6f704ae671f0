package eventstore

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func queued(lane string, size int) *pending {
	return &pending{command: Command{Lane: lane, Size: size}, heavy: size > heavySize}
}

func lanesOf(commands []*pending) (names []string) {
	for _, p := range commands {
		names = append(names, p.command.Lane)
	}
	return names
}

func pushAll(t *testing.T, q *queue, commands ...*pending) {
	t.Helper()
	for _, p := range commands {
		if err := q.push(p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLanesTakeTurns(t *testing.T) {
	t.Parallel()
	q := newQueue()
	for range 3 {
		pushAll(t, q, queued("greedy", 1))
	}
	pushAll(t, q, queued("a", 1), queued("b", 1), queued("a", 1))
	if got := lanesOf(q.take(4)); !slices.Equal(got, []string{"greedy", "a", "b", "greedy"}) {
		t.Errorf("took %v", got)
	}
	if got := lanesOf(q.take(4)); !slices.Equal(got, []string{"a", "greedy"}) {
		t.Errorf("then took %v", got)
	}
}

// A heavy command goes alone, and neither it nor the light ones wait for ever.
func TestHeavyAndLightTakeTurns(t *testing.T) {
	t.Parallel()
	q := newQueue()
	for range 3 {
		pushAll(t, q, queued("heavy", heavySize+1))
	}
	light := 0
	for range 20 {
		pushAll(t, q, queued("light", 1))
	}
	var order []string
	for q.waiting() > 0 {
		taken := q.take(1)
		order = append(order, lanesOf(taken)...)
		if taken[0].command.Lane == "light" {
			light++
		}
	}
	want := slices.Concat(slices.Repeat([]string{"light"}, 8), []string{"heavy"}, slices.Repeat([]string{"light"}, 8), []string{"heavy"},
		slices.Repeat([]string{"light"}, 4), []string{"heavy"})
	if !slices.Equal(order, want) {
		t.Errorf("order %v", order)
	}
	pushAll(t, q, queued("heavy", heavySize+1), queued("heavy", heavySize+1))
	if taken := q.take(10); len(taken) != 1 {
		t.Errorf("%d heavy commands went together", len(taken))
	}
}

func TestAQueueIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("in commands", func(t *testing.T) {
		q := newQueue()
		for range queueCommandsMax {
			pushAll(t, q, queued("a", 0))
		}
		if err := q.push(queued("b", 0)); !errors.Is(err, ErrOverloaded) {
			t.Errorf("got %v", err)
		}
		q.take(1)
		pushAll(t, q, queued("b", 0))
	})
	t.Run("in bytes", func(t *testing.T) {
		q := newQueue()
		pushAll(t, q, queued("a", queueBytesMax+1)) // one alone may be as large as it likes
		if err := q.push(queued("b", 1)); !errors.Is(err, ErrOverloaded) {
			t.Errorf("got %v", err)
		}
		q.take(1)
		pushAll(t, q, queued("a", queueBytesMax-1), queued("a", 1))
		if err := q.push(queued("b", 1)); !errors.Is(err, ErrOverloaded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAQueueCloses(t *testing.T) {
	t.Parallel()
	q := newQueue()
	pushAll(t, q, queued("a", 1))
	if q.close() {
		t.Error("a queue closed with a command in it")
	}
	q.take(1)
	if !q.close() {
		t.Error("an empty queue did not close")
	}
	if err := q.push(queued("a", 1)); !errors.Is(err, errEnded) {
		t.Errorf("a closed queue gave %v", err)
	}
}

// Whatever is pushed, taken and put back: nothing is lost, lanes keep their order, and an empty queue holds no memory.
func TestAQueueLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue()
		numbers := map[*pending]int{}
		next := map[string]int{} // the number that comes next of each lane and weight
		taken, bytes := 0, 0
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") {
				p := queued(fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "lane")), rapid.SampledFrom([]int{1, heavySize + 1}).Draw(t, "size"))
				numbers[p] = len(numbers)
				if err := q.push(p); err != nil {
					t.Fatal(err)
				}
				bytes += p.command.Size
				continue
			}
			commands := q.take(rapid.IntRange(1, 5).Draw(t, "limit"))
			back := rapid.IntRange(0, len(commands)).Draw(t, "back")
			q.putBack(commands[len(commands)-back:])
			for _, p := range commands[:len(commands)-back] {
				of := fmt.Sprint(p.command.Lane, p.heavy)
				if numbers[p] < next[of] {
					t.Fatalf("command %d of lane %s came after %d", numbers[p], of, next[of]-1)
				}
				next[of] = numbers[p] + 1
				taken++
				bytes -= p.command.Size
			}
			if q.waiting() != len(numbers)-taken || q.bytes != bytes {
				t.Fatalf("%d commands of %d bytes wait, want %d of %d", q.waiting(), q.bytes, len(numbers)-taken, bytes)
			}
		}
		for q.waiting() > 0 {
			taken += len(q.take(3))
		}
		if taken != len(numbers) {
			t.Fatalf("%d of %d commands came out", taken, len(numbers))
		}
		if q.bytes != 0 || q.light.byName != nil || q.light.turns != nil || q.heavy.byName != nil || q.heavy.turns != nil {
			t.Fatalf("an empty queue holds %+v", q)
		}
	})
}
