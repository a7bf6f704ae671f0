package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// furnish fills a sandbox with all that has deadlines, a day between one workspace and the next, so that no two deadlines
// fall on one instant.
func (p *program) furnish(ledger eventstore.Ledger) {
	p.bench.t.Helper()
	p.sellMonths(ledger, 14)
	for i := range 8 {
		do(p, ledger, command.AdvanceClock(begin.AddDate(0, 0, i+1)))
		workspace, id := fmt.Sprintf("w%d", i), fmt.Sprintf("s%d", i)
		switch i {
		case 0, 4:
			do(p, ledger, command.StartTrial(workspace, subscription.StartTrial{ID: id, Price: "month", Seats: new(int64(3)), AtEnd: new(subscription.AtEnd("free"))}))
		case 7: // the last, so that nothing becomes due before all stand
			do(p, ledger, command.CreateSubscription(workspace, subscription.Create{
				Billing: subscription.Billing{Change: "c" + id, Invoice: "i" + id}, ID: id, Price: "month", Seats: 2, Collection: subscription.CollectionAutomatic,
			}))
		default:
			if i != 1 { // which is followed up, at instants of its own, and canceled
				p.endow(ledger, workspace)
			}
			do(p, ledger, command.CreateSubscription(workspace, subscription.Create{
				Billing: subscription.Billing{Change: "c" + id, Invoice: "i" + id}, ID: id, Price: "month", Seats: 2, Collection: subscription.CollectionSendInvoice,
			}))
			do(p, ledger, command.AllocateSeat(workspace, seating.Allocate{
				Member: "ada", Role: seating.RoleMember, State: new(seating.StatusInvited), ExpiresAt: new(begin.AddDate(0, i, i)),
			}))
		}
	}
}

// log returns all events of a ledger in order, with the numbers of invoices and the times of the clock.
func (b *bench) log(ledger eventstore.Ledger) (log []string) {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	events, err := b.codec.After(b.ctx, conn, ledger.ID, 0, eventstore.Filter{}, 100_000)
	b.must(err)
	for _, e := range events {
		data, _, err := b.codec.Encode(e.Fact)
		b.must(err)
		log = append(log, fmt.Sprintf("%s %s %s %s", e.Stream, e.Type, e.EffectiveAt.Format(time.RFC3339), data))
	}
	return log
}

// walk goes to an instant from deadline to deadline, one command for each.
func (p *program) walk(ledger eventstore.Ledger, to time.Time) (ran int) {
	b := p.bench
	b.t.Helper()
	tail, err := eventstore.Tail(b.ctx, p.pool, ledger.ID)
	b.must(err)
	r := p.newRound(ledger, tail)
	for {
		due, err := r.list(b.ctx, 1, func(time.Time) time.Time { return to })
		b.must(err)
		if len(due) == 0 {
			b.must(r.set(b.ctx, Caller{Actor: "tester"}, to))
			return r.ran
		}
		b.must(r.stop(b.ctx, Caller{Actor: "tester"}, due[0].DueAt))
	}
}

// TestLeapsAreSteps: an advance that carries out many deadlines at once writes the same events, in the same order over all
// streams and with the same numbers, as going from one to the next.
func TestLeapsAreSteps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	end := begin.AddDate(1, 0, 0)
	steps, leaps := b.ledger("steps", eventstore.ModeSandbox), b.ledger("leaps", eventstore.ModeSandbox)
	p.furnish(steps)
	p.furnish(leaps)
	ran := p.walk(steps, end)
	done, err := p.Advance(b.ctx, leaps, Caller{Actor: "tester"}, end)
	b.must(err)
	if diff := cmp.Diff(b.log(steps), b.log(leaps)); diff != "" {
		t.Errorf("(-steps +leaps):\n%.4000s", diff)
	}
	if done.Ran != ran || ran < 4*12 {
		t.Errorf("%d deadlines were carried out in leaps, %d in steps", done.Ran, ran)
	}
}

// TestManyAtOneInstant lets more fall due at one instant than one command carries out.
func TestManyAtOneInstant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	p.leapStreams = 2
	end := begin.AddDate(0, 3, 0)
	steps, leaps := b.ledger("steps", eventstore.ModeSandbox), b.ledger("leaps", eventstore.ModeSandbox)
	for _, ledger := range []eventstore.Ledger{steps, leaps} {
		p.sellMonths(ledger, 14)
		for i := range 5 {
			workspace, id := fmt.Sprintf("w%d", i), fmt.Sprintf("s%d", i)
			p.endow(ledger, workspace)
			do(p, ledger, command.CreateSubscription(workspace, subscription.Create{
				Billing: subscription.Billing{Change: "c" + id, Invoice: "i" + id}, ID: id, Price: "month", Seats: 2, Collection: subscription.CollectionSendInvoice,
			}))
		}
	}
	ran := p.walk(steps, end)
	done, err := p.Advance(b.ctx, leaps, Caller{Actor: "tester"}, end)
	b.must(err)
	if done.Ran != ran || ran < 5*2 {
		t.Errorf("%d deadlines were carried out in leaps, %d in steps", done.Ran, ran)
	}
	// At one instant all orders are right, and numbers follow the order.
	of := func(ledger eventstore.Ledger) (count map[string]int) {
		count = map[string]int{}
		for _, line := range b.log(ledger) {
			words := strings.SplitN(line, " ", 4)
			count[strings.Join(words[:3], " ")]++
		}
		return count
	}
	if diff := cmp.Diff(of(steps), of(leaps)); diff != "" {
		t.Errorf("(-steps +leaps):\n%.4000s", diff)
	}
}

// The books begin with the first invoice, and where an advance meets it on its way, their months end as if it went in steps.
func TestTheBooksBeginOnTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	end := begin.AddDate(0, 6, 0)
	steps, leaps := b.ledger("steps", eventstore.ModeSandbox), b.ledger("leaps", eventstore.ModeSandbox)
	for _, ledger := range []eventstore.Ledger{steps, leaps} {
		p.sellMonths(ledger, 14)
		p.endow(ledger, "w")
		do(p, ledger, command.StartTrial("w", subscription.StartTrial{ID: "s", Price: "month", Seats: new(int64(3))}))
		do(p, ledger, command.ConvertTrial("w", subscription.ConvertTrial{
			Billing: subscription.Billing{Change: "c", Invoice: "i"}, Collection: new(subscription.CollectionSendInvoice), Anchor: new(subscription.ConvertTrialEnd),
		}))
	}
	p.walk(steps, end)
	_, err := p.Advance(b.ctx, leaps, Caller{Actor: "tester"}, end)
	b.must(err)
	if diff := cmp.Diff(b.log(steps), b.log(leaps)); diff != "" {
		t.Errorf("(-steps +leaps):\n%.4000s", diff)
	}
	if ended := b.told(leaps)[bookkeeping.Stream()]; len(ended) != 5 {
		t.Errorf("%d months ended: %q", len(ended), ended)
	}
}

// TestFiftyYears: fifty years of five monthly subscriptions are a matter of seconds, and nothing is left out.
func TestFiftyYears(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.open(ledger, 5)
	begun := time.Now()
	done, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(50, 0, 0))
	b.must(err)
	t.Logf("%d deadlines in %v", done.Ran, time.Since(begun))
	if want := 5*50*12 + 1; done.Ran != want {
		t.Errorf("%d deadlines, want %d", done.Ran, want)
	}
	told := b.told(ledger)
	for i := range 5 {
		if n := len(told[domain.Stream(fmt.Sprintf("subscription:w%d", i))]); n != 2+2*50*12 {
			t.Errorf("w%d has %d events", i, n)
		}
	}
}

// A deadline by which nothing happens is left alone on the way, and the clock goes on through all others.
func TestUselessDeadlinesOnTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.open(ledger, 2)
	b.claim(ledger, "subscription:nobody", begin.AddDate(0, 3, 3))
	b.claim(ledger, "seating:w1", begin.AddDate(0, 4, 3))
	end := begin.AddDate(0, 6, 0)
	done, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, end)
	b.must(err)
	if want := 2*6 + 1; done.Ran != want || !done.Now.Equal(end) {
		t.Errorf("%d deadlines until %v, want %d", done.Ran, done.Now, want)
	}
}
