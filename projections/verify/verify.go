package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/projections/engine"
)

// Fault is something that is not as it must be.
type Fault struct {
	Position *int64 `json:"position"` // of the event that shows it, nil where no single one does
	Object   string `json:"object"`
	Detail   string `json:"detail"`
}

// Result tells how a check came out.
type Result struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Checked int64  `json:"checked"`
	Failed  int64  `json:"failed"`
	First   *Fault `json:"first"`
}

// check is a rule under way. Each part is nil where it has nothing to say of the rule.
type check struct {
	Result
	// event looks at an event, after its fact is folded.
	event func(*check, *moment)
	// entry looks at an entry of the journal.
	entry func(*check, *run, *entry)
	// group looks at what the books hold after the events of a command.
	group func(*check, *run)
	// end looks at what all events add up to.
	end func(context.Context, *check, *run) error
	// stored looks at what is stored beside the log, at the end.
	stored func(context.Context, *check, *run) error
}

// booked reports whether the check looks at the journal.
func (c *check) booked() bool { return c.entry != nil || c.group != nil }

// fail notes a fault at an event, or of none for 0.
func (c *check) fail(position int64, object, format string, args ...any) {
	c.Failed++
	fault := &Fault{Object: object, Detail: fmt.Sprintf(format, args...)}
	if position > 0 {
		fault.Position = &position
	}
	if c.First == nil {
		c.First = fault
	}
}

// holds counts something that was looked at, and notes a fault unless it is as it must be.
func (c *check) holds(ok bool, position int64, object, format string, args ...any) {
	c.Checked++
	if !ok {
		c.fail(position, object, format, args...)
	}
}

// moment is an event with its fact, and its stream's states before and after it.
type moment struct {
	*eventstore.Event
	ledger        uuid.UUID
	fault         error // why it can't be decoded; then there is no fact
	before, after domain.State
	run           *run
}

func (m *moment) object() string { return string(m.Stream) }

// run is one verification.
type run struct {
	Options
	tx     pgx.Tx // nil where only events are there
	checks []*check
	types  map[string]domain.StreamType
	states map[domain.Stream]domain.State
	broken map[domain.Stream]bool // streams with an event that can't be folded
	group  []*moment              // the events of the command that is read
	last   []*moment              // the events of the command that is booked
	books  *books                 // nil where no check needs them
}

// Options say what is verified.
type Options struct {
	Codec       *eventstore.Codec
	StreamTypes []domain.StreamType
	Ledger      eventstore.Ledger
	Position    int64    // up to which
	Checks      []string // all when none is named
	// Kept are checkpoints that were kept elsewhere.
	Kept []sealer.Kept
	// Models are built again from the log, and what they come to is held against their tables.
	Models []engine.Projection
	// Charges lists what the gateway of a sandbox ledger knows by an instant; nil where no gateway can be asked.
	Charges func(ctx context.Context, tx pgx.Tx, now time.Time) ([]Charge, error)
	// Now is the time of the ledger's clock.
	Now time.Time
	// Progress is told of the events that were read.
	Progress func(events int64)
}

// Names lists the checks that there are.
func Names() []string {
	var names []string
	for _, c := range checks() {
		names = append(names, c.Name)
	}
	return names
}

const page = 1_000

// Run verifies a ledger, in the order of the checks' names in [Names]. It writes nothing but temporary tables, which are gone
// afterwards.
func Run(ctx context.Context, tx pgx.Tx, o Options) ([]Result, error) {
	r, err := newRun(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	for position := int64(0); position < o.Position; {
		events, err := eventstore.Stored(ctx, tx, o.Ledger.ID, position, min(position+page, o.Position))
		if err != nil {
			return nil, err
		}
		if err := r.read(ctx, events); err != nil {
			return nil, err
		}
		position += page
		if o.Progress != nil {
			o.Progress(min(position, o.Position))
		}
	}
	return r.results(ctx)
}

// Rehearse verifies events that stand in memory alone, as far as they tell by themselves: their journal is the one that they give.
func Rehearse(ctx context.Context, o Options, events []eventstore.Event) ([]Result, error) {
	r, err := newRun(ctx, nil, o)
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, events); err != nil {
		return nil, err
	}
	return r.results(ctx)
}

func newRun(ctx context.Context, tx pgx.Tx, o Options) (*run, error) {
	r := &run{Options: o, tx: tx, types: map[string]domain.StreamType{}, states: map[domain.Stream]domain.State{}, broken: map[domain.Stream]bool{}}
	for _, streamType := range o.StreamTypes {
		r.types[streamType.Name] = streamType
	}
	r.checks = slices.DeleteFunc(checks(), func(c *check) bool { return len(o.Checks) > 0 && !slices.Contains(o.Checks, c.Name) })
	if slices.ContainsFunc(r.checks, (*check).booked) {
		var err error
		if r.books, err = openBooks(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// read looks at some events, and at the books after each command whose events are all there.
func (r *run) read(ctx context.Context, events []eventstore.Event) error {
	for i := range events {
		if len(r.group) > 0 && r.group[0].GroupLast != events[i].GroupLast {
			if err := r.endGroup(ctx); err != nil {
				return err
			}
		}
		m := r.fold(&events[i])
		for _, c := range r.checks {
			if c.event != nil {
				c.event(c, m)
			}
		}
		if r.group = append(r.group, m); m.Position >= m.GroupLast {
			if err := r.endGroup(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// endGroup looks at the books after the events of a command.
func (r *run) endGroup(ctx context.Context) error {
	r.last, r.group = r.group, nil
	if len(r.last) == 0 || r.books == nil {
		return nil
	}
	if err := r.books.follow(ctx, r.last); err != nil {
		return err
	}
	for _, c := range r.checks {
		if c.group != nil {
			c.group(c, r)
		}
	}
	r.books.settle()
	r.books.revenue.afterMonth(r.last)
	return nil
}

// results ends all checks.
func (r *run) results(ctx context.Context) ([]Result, error) {
	if err := r.endGroup(ctx); err != nil {
		return nil, err
	}
	results := make([]Result, len(r.checks))
	for i, c := range r.checks {
		if c.end != nil {
			if err := c.end(ctx, c, r); err != nil {
				return nil, fmt.Errorf("check %s: %w", c.Name, err)
			}
		}
		if c.stored != nil && r.tx != nil {
			if err := c.stored(ctx, c, r); err != nil {
				return nil, fmt.Errorf("check %s: %w", c.Name, err)
			}
		}
		c.OK = c.Failed == 0
		results[i] = c.Result
	}
	return results, nil
}

// fold brings the event's stream to it. A rule that panics on an event that was tampered with is that event's fault.
func (r *run) fold(e *eventstore.Event) (m *moment) {
	m = &moment{Event: e, ledger: r.Ledger.ID, run: r}
	streamType, known := r.types[e.Stream.Type()]
	if !known {
		m.fault = fmt.Errorf("stream %s is of no known type", e.Stream)
		return m
	}
	if m.Fact == nil {
		if m.Fact, m.fault = r.Codec.Decode(e.Type, e.Schema, e.Data); m.fault != nil {
			r.broken[e.Stream] = true
			return m
		}
	}
	before, begun := r.states[e.Stream]
	if !begun {
		before = streamType.Initial
	}
	m.before, m.after = before, before
	defer func() {
		if cause := recover(); cause != nil {
			m.fault, r.broken[e.Stream] = fmt.Errorf("folding it panicked: %v", cause), true
		}
		r.states[e.Stream] = m.after
	}()
	m.after = streamType.Evolve(before, m.Fact)
	return m
}

// stateOf gives the state of a stream after the events that were read.
func stateOf[S domain.State](r *run, stream domain.Stream) (state S) {
	state, _ = r.states[stream].(S)
	return state
}

// FirstBad gives the fault at the lowest position, and the name of its check. It gives nil where there is none.
func FirstBad(results []Result) (check string, bad *Fault) {
	failed := slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.First == nil })
	if len(failed) == 0 {
		return "", nil
	}
	first := slices.MinFunc(failed, func(a, b Result) int {
		return cmp.Compare(positionOf(a.First), positionOf(b.First))
	})
	return first.Name, first.First
}

// positionOf puts faults of no single event behind all others.
func positionOf(f *Fault) int64 {
	if f.Position == nil {
		return 1<<63 - 1
	}
	return *f.Position
}
