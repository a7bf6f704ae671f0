package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// busy holds the ledger's lock, so that the executor of the store is busy until release is called.
func (b *bench) busy(store *eventstore.Store) (release func()) {
	b.t.Helper()
	unlock := b.holdLock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.execute(store, put("box:busy", 1<<30, "keeps the executor busy"))
	}()
	b.awaitWaiting(1)
	return func() {
		unlock()
		<-done
	}
}

func fill(stream domain.Stream, events int) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		for range events {
			d.Append(stream, ballPut{"x"})
		}
		return nil
	})
}

// batches gives the lanes of the events in their order, each batch's in one string. All of a batch is recorded at one time.
func (b *bench) batches() (lanes []string) {
	b.t.Helper()
	var last time.Time
	var lane string
	for _, e := range b.events() {
		if e.Stream == "box:busy" {
			continue
		}
		name := strings.TrimPrefix(string(e.Stream), "box:")[:1]
		switch {
		case len(lanes) == 0 || !e.RecordedAt.Equal(last):
			lanes = append(lanes, name)
		case name != lane || len(lanes[len(lanes)-1]) < 20:
			lanes[len(lanes)-1] += name
		}
		last, lane = e.RecordedAt, name
	}
	return lanes
}

// A command whose caller has left is not decided any more, and the caller hears that it was not done.
func TestWhoHasLeftIsNotServed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	release := b.busy(store)
	ctx, cancel := context.WithCancel(b.ctx)
	var callers sync.WaitGroup
	var decided atomic.Int64
	for i := range 20 {
		callers.Go(func() {
			_, err := store.Execute(ctx, b.ledger, command("box:left", func(*eventstore.Decision) error {
				decided.Add(1)
				return nil
			}))
			if !errors.Is(err, eventstore.ErrUnavailable) {
				t.Errorf("command %d: %v", i, err)
			}
		})
	}
	await(t, "all to wait", func() bool { return store.Queued(b.ledger) == 20 })
	cancel()
	callers.Wait()
	release()
	b.execute(store, put("box:a", 1, "behind them"))
	if n := decided.Load(); n > 0 {
		t.Errorf("%d commands were decided for nobody", n)
	}
}

func TestTooMuchWaits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	release := b.busy(store)
	large := func() eventstore.Command {
		c := put("box:a", 10, "large")
		c.Size = 20 << 20
		return c
	}
	var callers sync.WaitGroup
	callers.Go(func() { b.execute(store, large()) })
	await(t, "the first to wait", func() bool { return store.Queued(b.ledger) == 1 })
	if _, err := store.Execute(b.ctx, b.ledger, large()); !errors.Is(err, eventstore.ErrOverloaded) {
		t.Errorf("a second large command gave %v", err)
	}
	callers.Go(func() { b.execute(store, put("box:b", 10, "small")) })
	await(t, "a small one to wait", func() bool { return store.Queued(b.ledger) == 2 })
	release()
	callers.Wait()
}

// One lane that floods the queue delays its own commands and not the others'.
func TestAFloodedLane(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	release := b.busy(store)
	var callers sync.WaitGroup
	send := func(lane string, n int) {
		for i := range n {
			c := fill(domain.Stream(fmt.Sprintf("box:%s-%d", lane, i)), 1)
			c.Lane = lane
			callers.Go(func() { b.execute(store, c) })
		}
	}
	send("flood", 1_500)
	await(t, "the flood to wait", func() bool { return store.Queued(b.ledger) == 1_500 })
	send("small", 10)
	await(t, "all to wait", func() bool { return store.Queued(b.ledger) == 1_510 })
	release()
	callers.Wait()
	small := 0
	for _, e := range b.events()[:1+2*10] {
		if strings.HasPrefix(string(e.Stream), "box:small") {
			small++
		}
	}
	if small != 10 {
		t.Errorf("%d of 10 commands of the small lane were among the first twenty", small)
	}
}

// What is heavy goes alone, whether its size tells or its first decision, and light commands do not wait for all of it.
func TestHeavyCommandsGoAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	release := b.busy(store)
	var callers sync.WaitGroup
	for i := range 3 {
		large := fill(domain.Stream(fmt.Sprintf("box:S-%d", i)), 3)
		large.Size = 100 << 10
		many := fill(domain.Stream(fmt.Sprintf("box:M-%d", i)), 501)
		callers.Go(func() { b.execute(store, large) })
		callers.Go(func() { b.execute(store, many) })
	}
	for i := range 10 {
		callers.Go(func() { b.execute(store, fill(domain.Stream(fmt.Sprintf("box:l-%d", i)), 500)) })
	}
	await(t, "all to wait", func() bool { return store.Queued(b.ledger) == 16 })
	release()
	callers.Wait()
	heavy := 0
	batches := b.batches()
	for _, lanes := range batches {
		if strings.ContainsAny(lanes, "SM") {
			heavy++
			if strings.Trim(lanes, lanes[:1]) != "" {
				t.Errorf("a heavy command went with others: %v", batches)
			}
		}
	}
	if heavy != 6 {
		t.Errorf("%d batches of heavy commands, want 6: %v", heavy, batches)
	}
	if !strings.HasPrefix(batches[0], "l") {
		t.Errorf("light commands waited: %v", batches)
	}
}

// A dry run is neither in the executor's queue nor behind the ledger's lock.
func TestADryRunWaitsForNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 1, "red"))
	release := b.busy(store)
	defer release()
	for _, size := range []int{0, 1 << 20} {
		dry := put("box:a", 2, "blue")
		dry.DryRun, dry.Size = true, size
		if outcome := b.execute(store, dry); outcome.Version != 2 || outcome.LastPosition != 1 {
			t.Errorf("outcome %+v", outcome)
		}
	}
}

// Dry runs are decided a few at a time, and hold little while they wait.
func TestDryRunsTakeTurns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 1, "red"))
	var callers sync.WaitGroup
	var deciding, most atomic.Int64
	var overloaded, answered atomic.Int64
	for range 200 {
		dry := command("box:a", func(*eventstore.Decision) error {
			now := deciding.Add(1)
			defer deciding.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			time.Sleep(time.Millisecond) // what heavy deciding takes
			return nil
		})
		dry.DryRun, dry.Size = true, 1<<20
		callers.Go(func() {
			_, err := store.Execute(b.ctx, b.ledger, dry)
			switch {
			case err == nil:
				answered.Add(1)
			case errors.Is(err, eventstore.ErrOverloaded):
				overloaded.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if most.Load() > int64(eventstore.HeavyDryRuns()) || answered.Load() == 0 || answered.Load()+overloaded.Load() != 200 {
		t.Errorf("%d at a time; %d answered, %d overloaded", most.Load(), answered.Load(), overloaded.Load())
	}
}

// A ledger whose lock is held elsewhere holds no connection that another ledger needs.
func TestStuckLedgersDelayNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var tried tries
	store := b.process(eventstore.Options{Log: slog.New(slog.NewJSONHandler(&tried, nil))})
	ctx, cancel := context.WithCancel(b.ctx)
	var callers sync.WaitGroup
	const stuck = 8 // the pool has four connections
	for i := range stuck {
		ledger, err := eventstore.CreateLedger(b.ctx, b.admin, fmt.Sprint("stuck-", i), eventstore.ModeLive, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		defer b.holdLockOf(ledger)()
		callers.Go(func() {
			_, err := store.Execute(ctx, ledger, put("box:a", 1, "red"))
			if !eventstore.IsUnavailable(err) && !errors.Is(err, eventstore.ErrOverloaded) && !errors.Is(err, eventstore.ErrOutcomeUnknown) {
				t.Errorf("a stuck ledger gave %v", err)
			}
		})
	}
	await(t, "all to have tried", func() bool { return tried.ledgers() == stuck })
	most := 0
	for i := range 50 {
		b.execute(store, put(domain.Stream(fmt.Sprint("box:", i)), 1, "red"))
		most = max(most, b.waitingForLocks())
	}
	if most > 1 {
		t.Errorf("%d connections waited for locks", most)
	}
	cancel()
	callers.Wait()
}

// tries is a log that counts the ledgers whose lock was not to be had.
type tries struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (t *tries) Write(line []byte) (int, error) {
	var entry struct {
		Ledger string `json:"ledger"`
	}
	if err := json.Unmarshal(line, &entry); err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[entry.Ledger] = true
	return len(line), nil
}

func (t *tries) ledgers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.seen)
}

// Whatever holds a command up, it ends at its deadline, and so does a store that is closed meanwhile.
func TestEverythingEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store, err := eventstore.New(b.pool(), b.codec, eventstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.execute(store, put("box:a", 10, "red"))
	release := b.holdLock()
	defer release()
	ctx, cancel := context.WithTimeout(b.ctx, 300*time.Millisecond)
	defer cancel()
	for range 3 {
		_, err := store.Execute(ctx, b.ledger, put("box:a", 10, "red"))
		if !errors.Is(err, eventstore.ErrUnavailable) && !errors.Is(err, eventstore.ErrOverloaded) && !errors.Is(err, eventstore.ErrOutcomeUnknown) {
			t.Errorf("got %v", err)
		}
	}
	store.Close()
}

// An executor that nobody needs ends, and another takes its place when somebody does.
func TestIdleExecutorsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{Idle: time.Millisecond})
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for n := range 100 {
				b.execute(store, put(domain.Stream(fmt.Sprintf("box:%d", i)), 1_000, "red"))
				if n%10 == 0 {
					time.Sleep(time.Millisecond) // about as long as the executor waits
				}
			}
		})
	}
	callers.Wait()
	await(t, "the executor to end", func() bool { return store.Stats().Executors == 0 })
	b.execute(store, put("box:a", 1, "red"))
	if n := len(b.events()); n != 801 {
		t.Errorf("%d events, want 801", n)
	}
}
