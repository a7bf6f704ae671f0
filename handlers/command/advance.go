package command

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
)

// AdvanceClock sets a sandbox's clock to a later time. It refuses with clock_backwards or to_invalid.
func AdvanceClock(to time.Time) Command[struct{}] {
	return Command[struct{}]{
		Resource: clock.Stream(),
		Writes:   []domain.Stream{clock.Stream()},
		Decide: func(d *eventstore.Decision) (struct{}, error) {
			facts, err := clock.Decide(eventstore.StateOf[clock.State](d, clock.Stream()), clock.Advance{To: to}, d.Meta())
			d.AppendAt(clock.Stream(), to, domain.Events(facts)...)
			return struct{}{}, err
		},
	}
}

// passMax limits the deadlines that [PassDeadlines] carries out at once, the uncounted among them, since other commands on the ledger wait meanwhile.
const passMax = 256

// Passed tells how far [PassDeadlines] came.
type Passed struct {
	Ran      int       // the number of deadlines carried out, without notices and months of the books
	Now      time.Time // where the clock stands
	Finished bool      // nothing more is due in these streams up to the end
}

// StoppedError is a deadline on the way that can't be carried out.
type StoppedError struct {
	Stream domain.Stream
	At     time.Time
	Err    error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("carry out what is due in %s at %s: %v", e.Stream, e.At.Format(time.RFC3339Nano), e.Err)
}

func (e *StoppedError) Unwrap() error { return e.Err }

// PassDeadlines takes a sandbox's clock through the deadlines of some streams up to an instant. It sets the clock to each
// deadline in turn and carries it out, so that the events are those of going from one to the next. At one instant a month of
// the books goes first, and then the subscriptions. The first month of the books ends at monthEnd, zero while nobody knows. It
// stops at the instant at which a gateway is to be asked for money. It fails with [StoppedError] where one can't be carried out,
// and then nothing has happened.
func PassDeadlines(streams []domain.Stream, monthEnd, until time.Time) Command[Passed] {
	writes := append(slices.Clone(issuing), clock.Stream(), bookkeeping.Stream())
	for _, stream := range streams {
		writes = append(writes, stream)
		if workspace := workspaceOf(stream); workspace != "" {
			writes = append(writes, notice.Stream(workspace))
			writes = append(writes, streamsOf(workspace)...)
		}
	}
	slices.Sort(writes)
	return Command[Passed]{
		Resource: clock.Stream(),
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   slices.Compact(writes),
		Decide: func(d *eventstore.Decision) (Passed, error) {
			return newAgenda(d, streams, monthEnd).pass(until)
		},
	}
}

// workspaceOf gives the workspace of a stream that has deadlines, and nothing where the deadline is the stream's alone.
func workspaceOf(stream domain.Stream) string {
	if stream.Type() == paymentlink.Type.Name || stream.Type() == bookkeeping.Type.Name {
		return ""
	}
	workspace, _, _ := strings.Cut(stream.Entity(), ":")
	return workspace
}

// agenda holds what is next in each stream.
type agenda struct {
	d       *eventstore.Decision
	items   []agendaItem
	since   time.Time // an instant in the first month of the books
	steps   int       // that were taken
	charged bool      // a gateway is to be asked for money, before the clock goes on
}

type agendaItem struct {
	stream domain.Stream
	at     time.Time
	due    bool // something is still to come
}

// order puts subscriptions before all that follows them.
var order = []string{bookkeeping.Type.Name, subscription.Type.Name, trial.Type.Name, seating.Type.Name, paymentlink.Type.Name, notice.Type.Name}

func newAgenda(d *eventstore.Decision, streams []domain.Stream, monthEnd time.Time) *agenda {
	a := &agenda{d: d, items: []agendaItem{{stream: bookkeeping.Stream()}}}
	if !monthEnd.IsZero() {
		a.since = monthEnd.Add(-1)
	}
	told := map[string]bool{}
	for _, stream := range streams {
		if stream == bookkeeping.Stream() {
			continue
		}
		a.items = append(a.items, agendaItem{stream: stream})
		told[workspaceOf(stream)] = told[workspaceOf(stream)] || stream.Type() == notice.Type.Name
	}
	for workspace, already := range told {
		if workspace != "" && !already {
			a.items = append(a.items, agendaItem{stream: notice.Stream(workspace)}) // what is due brings more to tell of
		}
	}
	slices.SortStableFunc(a.items, func(one, other agendaItem) int {
		return cmp.Or(cmp.Compare(slices.Index(order, one.stream.Type()), slices.Index(order, other.stream.Type())), cmp.Compare(one.stream, other.stream))
	})
	return a
}

// pass carries out what is due, the earliest first.
func (a *agenda) pass(until time.Time) (passed Passed, err error) {
	if err := a.foresee(); err != nil {
		return passed, err
	}
	if at := slices.IndexFunc(a.items, func(item agendaItem) bool { return !slices.Contains(order, item.stream.Type()) }); at >= 0 {
		return passed, fmt.Errorf("nothing is known of deadlines of %s", a.items[at].stream)
	}
	for i := range a.items {
		a.look(&a.items[i])
	}
	for a.steps < passMax {
		item := a.first()
		if item == nil || item.at.After(until) || a.charged && item.at.After(a.d.Now()) {
			passed.Finished = !a.charged
			break
		}
		ran, err := a.carryOut(item)
		if err != nil {
			return passed, err
		}
		passed.Ran += ran
	}
	passed.Now = a.d.Now()
	return passed, nil
}

// foresee asks at once for the streams that nearly all deadlines of a state lead to, instead of one after the other.
func (a *agenda) foresee() error {
	var streams []domain.Stream
	for _, item := range a.items {
		workspace := workspaceOf(item.stream)
		if workspace == "" {
			continue
		}
		s := eventstore.StateOf[subscription.State](a.d, subscription.Stream(workspace))
		if s.Status == subscription.StatusTrialing {
			streams = append(streams, trial.Stream(workspace, s.Terms.Family))
		}
		if s.PendingUpdate != nil {
			streams = append(streams, invoice.Stream(s.PendingUpdate.Invoice))
		}
		if s.Collection == subscription.CollectionAutomatic {
			streams = append(streams, paymentmethod.Stream(workspace))
		}
		for _, owed := range s.Owed {
			if owed.Ladder == nil {
				streams = append(streams, invoice.Stream(owed.Invoice)) // whose ladder will begin
			}
		}
		if s.Cancellation != nil && s.Cancellation.Settlement != subscription.SettlementNone {
			for _, id := range s.Invoices() {
				streams = append(streams, invoice.Stream(id)) // what will be taken back
			}
		}
	}
	return a.d.Need(streams...)
}

// first finds what is due first.
func (a *agenda) first() (first *agendaItem) {
	for i := range a.items {
		if item := &a.items[i]; item.due && (first == nil || item.at.Before(first.at)) {
			first = item
		}
	}
	return first
}

// look finds out what is next in a stream.
func (a *agenda) look(item *agendaItem) {
	switch item.stream.Type() {
	case bookkeeping.Type.Name:
		_, item.at, item.due = eventstore.StateOf[bookkeeping.State](a.d, item.stream).NextDeadline(a.since)
	case subscription.Type.Name:
		next, ok := eventstore.StateOf[subscription.State](a.d, item.stream).NextDeadline()
		item.at, item.due = next.At, ok
	case trial.Type.Name:
		item.at, item.due = eventstore.StateOf[trial.State](a.d, item.stream).ReminderAt()
	case seating.Type.Name:
		item.at, item.due = eventstore.StateOf[seating.State](a.d, item.stream).NextLapse()
	case paymentlink.Type.Name:
		item.at, item.due = eventstore.StateOf[paymentlink.State](a.d, item.stream).NextDeadline()
	case notice.Type.Name:
		next, ok := nextNotice(a.d, item.stream.Entity())
		item.at, item.due = next.At, ok
	}
}

// carryOut sets the clock to a deadline and carries it out.
func (a *agenda) carryOut(item *agendaItem) (ran int, err error) {
	at, before, issued := item.at, a.d.Version(item.stream), a.d.Version(numbering.Stream())
	if at.After(a.d.Now()) {
		a.d.AppendAt(clock.Stream(), at, clock.Advanced{To: at})
	}
	w := &workspace{d: a.d, name: workspaceOf(item.stream)}
	a.steps++
	switch item.stream.Type() {
	case bookkeeping.Type.Name:
		_, err = applyAt(a.d, item.stream, bookkeeping.Decide, bookkeeping.Command(bookkeeping.EndMonth{}), at)
	case notice.Type.Name:
		err = tellNotices(a.d, w.name, at)
	case subscription.Type.Name:
		err = w.catchUp()
	case trial.Type.Name:
		err = remind(a.d, item.stream, a.d.Now())
	case paymentlink.Type.Name:
		err = expire(a.d, item.stream)
	case seating.Type.Name:
		if err = w.catchUpForSeats(); err == nil {
			_, err = applyAt(a.d, item.stream, seating.Decide, seating.Command(seating.Expire{Free: freePlan(a.d)}), at)
		}
	}
	if err != nil {
		return 0, &StoppedError{Stream: item.stream, At: at, Err: err}
	}
	a.charged = a.charged || w.charged
	begins := issued == 0 && a.d.Version(numbering.Stream()) > 0 // the books begin with the first invoice
	if begins {
		a.since = at
	}
	for i := range a.items {
		if workspaceOf(a.items[i].stream) == w.name || begins && a.items[i].stream == bookkeeping.Stream() {
			a.look(&a.items[i])
		}
	}
	if a.d.Version(item.stream) == before {
		item.due = false // the stream disagrees with its own deadline, and would do so for ever
		return 0, nil
	}
	if item.stream.Type() == notice.Type.Name || item.stream.Type() == bookkeeping.Type.Name {
		return 0, nil
	}
	return 1, nil
}
