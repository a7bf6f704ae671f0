package process

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// sweepUntilDone sweeps until nothing is due any more.
func (p *program) sweepUntilDone(ledger eventstore.Ledger) {
	p.bench.t.Helper()
	for {
		tail, err := eventstore.Tail(p.bench.ctx, p.pool, ledger.ID)
		p.bench.must(err)
		due, err := p.newRound(ledger, tail).due(p.bench.ctx, 1)
		p.bench.must(err)
		if len(due) == 0 {
			return
		}
		p.bench.must(p.sweep(p.bench.ctx))
	}
}

// sweep sweeps once, waits for the rounds, and gives what they report.
func (p *program) sweep(ctx context.Context) error {
	var mu sync.Mutex
	var failed []error
	err := p.Deadlines.sweep(ctx, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failed = append(failed, err)
	})
	p.roundsEnd.Wait()
	return errors.Join(append(failed, err)...)
}

// same compares what happened in two ledgers.
func (b *bench) same(what string, one, other eventstore.Ledger) {
	b.t.Helper()
	if diff := cmp.Diff(b.told(one), b.told(other)); diff != "" {
		b.t.Fatalf("%s (-punctual +%s):\n%s", what, other.Name, diff)
	}
}

// TestLateIsPunctual: a runner that comes every day, one that comes after three periods, two that come at the same time,
// and one that is interrupted give the same events.
func TestLateIsPunctual(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.program(), b.program()
	punctual := b.ledger("punctual", eventstore.ModeLive)
	one.open(punctual, 5)
	end := begin.AddDate(0, 4, 0)
	for at := begin; !at.After(end); at = at.AddDate(0, 0, 1) {
		b.goTo(at)
		one.sweepUntilDone(punctual)
	}
	if n := len(b.told(punctual)["subscription:w0"]); n != 2+4*2 {
		t.Fatalf("%d events of a subscription, of 4 renewals", n)
	}

	b.goTo(begin)
	late, raced, interrupted := b.ledger("late", eventstore.ModeLive), b.ledger("raced", eventstore.ModeLive), b.ledger("interrupted", eventstore.ModeLive)
	for _, ledger := range []eventstore.Ledger{late, raced, interrupted} {
		one.open(ledger, 5)
	}
	b.goTo(end)
	for wait := 100 * time.Microsecond; ; wait *= 2 {
		ctx, cancel := context.WithTimeout(b.ctx, wait)
		err := one.newRound(interrupted, 0).run(ctx)
		cancel()
		if err == nil {
			break
		}
	}
	var racing sync.WaitGroup
	for _, p := range []*program{one, two, one, two} {
		// Without the lease, as if it had been lost.
		racing.Go(func() {
			if err := p.newRound(raced, 0).run(b.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	one.sweepUntilDone(late)
	for _, ledger := range []eventstore.Ledger{late, raced, interrupted} {
		one.sweepUntilDone(ledger)
		b.same("late", punctual, ledger)
	}
}

// TestTrials: reminders and ends of trials, and what comes of them, are the same however late, in whatever order and by
// however many they are carried out.
func TestTrials(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.program(), b.program()
	punctual := b.ledger("punctual", eventstore.ModeLive)
	one.tryOut(punctual)
	end := begin.AddDate(0, 1, 0)
	for at := begin; !at.After(end); at = at.AddDate(0, 0, 1) {
		b.goTo(at)
		one.sweepUntilDone(punctual)
	}
	told := b.told(punctual)
	for stream, want := range map[domain.Stream]int{"trial:free:main": 3, "trial:cancel:main": 3, "trial:pause:main": 3, "trial:paid:main": 3, "seating:free": 2 + 3} {
		if len(told[stream]) != want {
			t.Errorf("%s: %d events, want %d: %v", stream, len(told[stream]), want, told[stream])
		}
	}

	b.goTo(begin)
	late, raced, advanced := b.ledger("late", eventstore.ModeLive), b.ledger("raced", eventstore.ModeLive), b.ledger("advanced", eventstore.ModeSandbox)
	for _, ledger := range []eventstore.Ledger{late, raced, advanced} {
		one.tryOut(ledger)
	}
	if _, err := one.Advance(b.ctx, advanced, Caller{Actor: "tester"}, end); err != nil {
		t.Fatal(err)
	}
	b.goTo(end)
	var racing sync.WaitGroup
	for _, p := range []*program{one, two, one, two} {
		racing.Go(func() {
			if err := p.newRound(raced, 0).run(b.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	for _, ledger := range []eventstore.Ledger{late, raced, advanced} {
		one.sweepUntilDone(ledger)
		b.same("trials", punctual, ledger)
	}
}

// TestAdvanceGoesOn: an advance that is cut off anywhere, and two at once, end like one that is not.
func TestAdvanceGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.program(), b.program()
	by := Caller{Actor: "tester"}
	whole, cut, raced := b.ledger("whole", eventstore.ModeSandbox), b.ledger("cut", eventstore.ModeSandbox), b.ledger("raced", eventstore.ModeSandbox)
	for _, ledger := range []eventstore.Ledger{whole, cut, raced} {
		one.open(ledger, 3)
	}
	end := begin.AddDate(0, 6, 0)
	done, err := one.Advance(b.ctx, whole, by, end)
	b.must(err)
	if done.Ran != 3*6+1 || !done.Now.Equal(end) {
		t.Fatalf("%+v", done)
	}
	for wait := time.Millisecond; ; wait *= 2 {
		ctx, cancel := context.WithTimeout(b.ctx, wait)
		_, err := one.Advance(ctx, cut, by, end)
		cancel()
		if err == nil {
			break
		}
	}
	var racing sync.WaitGroup
	for _, p := range []*program{one, two} {
		racing.Go(func() {
			if _, err := p.Advance(b.ctx, raced, by, end); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	b.same("advanced", whole, cut)
	b.same("advanced", whole, raced)
	if _, err := one.Advance(b.ctx, whole, by, begin); !isRefused(err, "clock_backwards") {
		t.Errorf("%v, want clock_backwards", err)
	}
}

// TestTooFarBehind: what would bill more than six periods at once waits for an operator, and nothing else waits with it.
func TestTooFarBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("live", eventstore.ModeLive)
	p.open(ledger, 2)
	b.goTo(begin.AddDate(0, 6, 0))
	do(p, ledger, command.RunSubscription("w1", false))
	b.goTo(begin.AddDate(0, 9, 0))
	p.sweepUntilDone(ledger)
	if at := p.periodEnd(ledger, "w0"); !at.Before(begin.AddDate(0, 1, 1)) {
		t.Errorf("w0 was billed until %v", at)
	}
	if at := p.periodEnd(ledger, "w1"); !at.After(b.now()) {
		t.Errorf("w1 was billed until %v only", at)
	}
	do(p, ledger, command.RunSubscription("w0", true))
	if at := p.periodEnd(ledger, "w0"); !at.After(b.now()) {
		t.Errorf("w0 was billed until %v only", at)
	}
}

func isRefused(err error, code string) bool {
	var refused *domain.Rejection
	return errors.As(err, &refused) && refused.Code == code
}
