package bench

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const workspaceEvents = 100

// load measures commands on streams that no cache holds: on many short ones against the same commands once the states are
// there, and the first on a stream with as many events as are projected elsewhere.
func (b Command) load(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		h, err := house.FurnishGiven(ctx, &house.Config{}, url)
		if err != nil {
			return err
		}
		defer h.Close()
		workspaces := b.Events / workspaceEvents
		ledger, err := history(ctx, url, h.Codec, "short", shortPools(workspaces))
		if err != nil {
			return err
		}
		for _, callers := range []int{16, 256} {
			if err := b.loadShort(ctx, h, ledger, workspaces, callers, report); err != nil {
				return err
			}
		}
		return b.loadLong(ctx, url, h, report)
	})
}

// shortPools lets members come and go in workspaces that take turns.
func shortPools(workspaces int) iter.Seq2[domain.Stream, domain.Event] {
	return func(yield func(domain.Stream, domain.Event) bool) {
		for n := range workspaceEvents {
			for w := range workspaces {
				if !yield(seating.Stream(fmt.Sprintf("w-%d", w)), poolEvent(n)) {
					return
				}
			}
		}
	}
}

// poolEvent is a plan at first; of each three events after that two give a seat and one takes it back.
func poolEvent(n int) domain.Event {
	switch {
	case n == 0:
		return seating.LimitsChanged{Source: seating.SourceSubscription, Product: "bench", Purchased: 1 << 40}
	case n%3 == 0:
		return seating.Released{Member: fmt.Sprintf("member-%d", n-1), Role: seating.RoleMember, State: seating.StatusActive}
	}
	return seating.Allocated{Member: fmt.Sprintf("member-%d", n), Role: seating.RoleMember, Since: time.UnixMicro(1_767_225_600_123_456).UTC()}
}

// loadShort sends a command to each workspace twice: first none of their states is there, then all are.
func (b Command) loadShort(ctx context.Context, h *house.House, ledger eventstore.Ledger, workspaces, callers int, report *table) error {
	store, err := restarted(h)
	if err != nil {
		return err
	}
	defer store.Close()
	var rates [2]float64
	for pass := range rates {
		if rates[pass], err = onEach(ctx, store, ledger, workspaces, callers, fmt.Sprintf("%d-%d", callers, pass)); err != nil {
			return err
		}
	}
	report.rate(fmt.Sprintf("cold workspaces of %d events, %d callers", workspaceEvents, callers), rates[0], rates[1], "warm")
	return nil
}

// restarted is a store that has nothing in its cache.
func restarted(h *house.House) (*eventstore.Store, error) {
	return eventstore.New(h.Appends, h.Codec, eventstore.Options{Reads: h.Queries})
}

// onEach gives a member of each workspace a seat, and tells how many in a second.
func onEach(ctx context.Context, store *eventstore.Store, ledger eventstore.Ledger, workspaces, callers int, member string) (float64, error) {
	var next atomic.Int64
	var failed error
	var once sync.Once
	var working sync.WaitGroup
	begin := time.Now()
	for range callers {
		working.Go(func() {
			for w := next.Add(1) - 1; w < int64(workspaces); w = next.Add(1) - 1 {
				allocate := seating.Allocate{Member: member, Role: seating.RoleMember}
				if _, err := store.Execute(ctx, ledger, seatCommand(fmt.Sprintf("w-%d", w), allocate)); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	working.Wait()
	return float64(workspaces) / time.Since(begin).Seconds(), failed
}

// loadLong takes the time of the first answer on a long stream after a restart, and after another.
func (b Command) loadLong(ctx context.Context, url string, h *house.House, report *table) error {
	for _, long := range []struct {
		what    string
		fact    func(n int) (domain.Stream, domain.Event)
		command func() eventstore.Command
	}{
		{"numbers", numberEvent, numberCommand},
		{"pool", func(n int) (domain.Stream, domain.Event) { return seating.Stream("long"), poolOfThousands(n) }, longPoolCommand},
	} {
		ledger, err := history(ctx, url, h.Codec, long.what, func(yield func(domain.Stream, domain.Event) bool) {
			for n := range b.Events {
				if !yield(long.fact(n)) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		for _, start := range []string{"first start", "next start"} {
			took, err := firstAnswer(ctx, h, ledger, long.command())
			if err != nil {
				return err
			}
			report.figure(fmt.Sprintf("%s of %d events, %s", long.what, b.Events, start), took.Round(time.Millisecond).String(), "to the first answer")
		}
	}
	return nil
}

// firstAnswer takes the time of a new process's first command, and lets it keep its snapshot.
func firstAnswer(ctx context.Context, h *house.House, ledger eventstore.Ledger, c eventstore.Command) (time.Duration, error) {
	begin := time.Now()
	store, err := restarted(h)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	if _, err = store.Execute(ctx, ledger, c); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	for kept := false; !kept; {
		err := h.Queries.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM tallystick.snapshots WHERE ledger_id = $1)`, [16]byte(ledger.ID)).Scan(&kept)
		if err != nil {
			return 0, err
		}
	}
	return took, nil
}

func numberEvent(n int) (domain.Stream, domain.Event) {
	sequence := int64(n + 1)
	return numbering.Stream(), numbering.InvoiceNumbered{
		Invoice: uuid.NewString(), Sequence: sequence, Number: fmt.Sprintf("INV-%06d", sequence),
	}
}

func numberCommand() eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	stream := numbering.Stream()
	return eventstore.Command{
		ID: id, Actor: "bench", Correlation: id.String(), Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			events, err := numbering.Decide(eventstore.StateOf[numbering.State](d, stream), numbering.NumberInvoice{Invoice: id.String(), Series: "INV-"}, d.Meta())
			d.Append(stream, domain.Events(events)...)
			return eventstore.Answer{Status: 201}, err
		},
	}
}

// poolOfThousands lets ten thousand members come, and then one after the other go and come again for ever.
func poolOfThousands(n int) domain.Event {
	const members = 10_000
	again := n - members
	switch {
	case n == 0:
		return poolEvent(0)
	case again >= 0 && again%2 == 0:
		return seating.Released{Member: fmt.Sprintf("member-%d", again/2%members), Role: seating.RoleMember, State: seating.StatusActive}
	case again >= 0:
		n = again / 2 % members
	}
	return seating.Allocated{Member: fmt.Sprintf("member-%d", n), Role: seating.RoleMember, Since: time.UnixMicro(1_767_225_600_123_456).UTC()}
}

func longPoolCommand() eventstore.Command {
	return seatCommand("long", seating.Allocate{Member: uuid.NewString(), Role: seating.RoleMember})
}
