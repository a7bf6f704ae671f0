package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/sealer"
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

// check is a rule under way.
type check struct {
	Result
	// event looks at an event, after its fact is folded; nil where the log says nothing of the rule.
	event func(*check, *moment)
	// end looks at what all events add up to.
	end func(context.Context, *check, *run) error
}

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
	codec  *eventstore.Codec
	db     eventstore.Querier
	ledger eventstore.Ledger
	upTo   int64
	kept   []sealer.Kept
	types  map[string]domain.StreamType
	states map[domain.Stream]domain.State
	broken map[domain.Stream]bool // streams with an event that can't be folded
}

// Options say what is verified.
type Options struct {
	Codec       *eventstore.Codec
	StreamTypes []domain.StreamType
	Ledger      eventstore.Ledger
	Position    int64    // up to which
	Checks      []string // all when none is named
	Kept        []sealer.Kept
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

// Run verifies a ledger, in the order of the checks' names in [Names].
func Run(ctx context.Context, db eventstore.Querier, o Options) ([]Result, error) {
	r := &run{
		codec: o.Codec, db: db, ledger: o.Ledger, upTo: o.Position, kept: o.Kept, types: map[string]domain.StreamType{},
		states: map[domain.Stream]domain.State{}, broken: map[domain.Stream]bool{},
	}
	for _, streamType := range o.StreamTypes {
		r.types[streamType.Name] = streamType
	}
	chosen := slices.DeleteFunc(checks(), func(c *check) bool { return len(o.Checks) > 0 && !slices.Contains(o.Checks, c.Name) })
	for position := int64(0); position < o.Position; {
		events, err := eventstore.Stored(ctx, db, o.Ledger.ID, position, min(position+page, o.Position))
		if err != nil {
			return nil, err
		}
		for i := range events {
			m := r.fold(&events[i])
			for _, c := range chosen {
				if c.event != nil {
					c.event(c, m)
				}
			}
		}
		position += page
		if o.Progress != nil {
			o.Progress(min(position, o.Position))
		}
	}
	results := make([]Result, len(chosen))
	for i, c := range chosen {
		if c.end != nil {
			if err := c.end(ctx, c, r); err != nil {
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
	m = &moment{Event: e, ledger: r.ledger.ID, run: r}
	streamType, known := r.types[e.Stream.Type()]
	if !known {
		m.fault = fmt.Errorf("stream %s is of no known type", e.Stream)
		return m
	}
	if m.Fact, m.fault = r.codec.Decode(e.Type, e.Schema, e.Data); m.fault != nil {
		r.broken[e.Stream] = true
		return m
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
