package eventstore

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// A batch stops taking commands once it holds this much; a single command may exceed it.
const (
	batchEventsMax = 2_000
	batchBytesMax  = 4 << 20
)

// pending is a command in the executor's queue.
type pending struct {
	ledger   Ledger // as its caller knows it; a sandbox's clock may have moved since the executor began
	command  Command
	key      []byte          // under which the outcome is stored; nil for a dry run
	streams  []domain.Stream // all that the command stands on
	loaded   []folded        // of each, what its caller read, in case the cache has dropped it by now
	arrived  time.Time       // by the system's clock
	deadline time.Time
	sent     bool // an attempt may have reached the database
	done     chan result
}

type result struct {
	outcome Outcome
	err     error
	// reload asks the caller to read the command's streams itself and to queue again, because they moved further than
	// the executor is willing to read while others wait.
	reload bool
	// need are streams that the caller must add to the command's before it queues it again.
	need []domain.Stream
}

// answers reports whether the command has come to its end.
func (r result) answers() bool { return !r.reload && len(r.need) == 0 }

func newPending(ledger Ledger, c Command, loaded []folded, arrived, deadline time.Time) *pending {
	return &pending{
		ledger: ledger, command: c, key: c.storedKey(), streams: c.streams(), loaded: loaded, arrived: arrived,
		deadline: deadline, done: make(chan result, 1),
	}
}

func (p *pending) finish(outcome Outcome, err error) { p.done <- result{outcome: outcome, err: err} }

// decided is a command with what Decide made of it.
type decided struct {
	pending  *pending
	twins    []*pending // others in the batch with the same key; they share the fate of this one
	answer   Answer
	version  int64 // of the command's resource, afterwards
	proposed []Proposed
	encoded  []encodedFact
	// err is the refusal, or a fault of ours: that too may come of a state that has moved on, so it is confirmed like any
	// other answer.
	err error
}

// appends reports whether the command has something to be stored: events, or at least its answer.
func (d *decided) appends() bool { return d.err == nil && !d.pending.command.DryRun }

// batch decides commands one after the other, each on the states that the ones before it left.
type batch struct {
	ledger Ledger
	codec  *Codec
	states *states

	decided []*decided
	byKey   map[string]*decided
	base    map[domain.Stream]int64  // versions in the log that the batch stands on
	current map[domain.Stream]folded // speculative: base and what the batch adds
	touched map[domain.Stream][]int  // commands, as indexes into decided
	events  int
	bytes   int
}

// newBatch is an empty batch with room for so many commands.
func newBatch(ledger Ledger, codec *Codec, states *states, commands int) *batch {
	return &batch{
		ledger:  ledger,
		codec:   codec,
		states:  states,
		decided: make([]*decided, 0, commands),
		byKey:   make(map[string]*decided, commands),
		base:    make(map[domain.Stream]int64, commands),
		current: make(map[domain.Stream]folded, commands),
		touched: make(map[domain.Stream][]int, commands),
	}
}

func (b *batch) full() bool {
	return b.events >= batchEventsMax || b.bytes >= batchBytesMax
}

// add decides one command. A fault of the command itself ends it here and leaves the batch as it was.
func (b *batch) add(p *pending) {
	if p.key != nil {
		if first, taken := b.byKey[string(p.key)]; taken {
			first.twins = append(first.twins, p)
			return
		}
	}
	d, decision, err := b.decide(p)
	if need, ok := errors.AsType[*needError](err); ok {
		p.done <- result{need: need.streams}
		return
	}
	if err != nil {
		p.finish(Outcome{}, err)
		return
	}
	index := len(b.decided)
	b.decided = append(b.decided, d)
	if p.key != nil {
		b.byKey[string(p.key)] = d
	}
	for stream := range decision.states {
		b.touched[stream] = append(b.touched[stream], index)
	}
	if !d.appends() {
		return
	}
	for _, proposed := range d.proposed {
		b.current[proposed.Stream] = decision.states[proposed.Stream]
	}
	b.events += len(d.proposed)
	b.bytes += len(d.answer.Body)
	for _, encoded := range d.encoded {
		b.bytes += len(encoded.data) + len(encoded.private)
	}
}

// waiting are the batch's commands in order, each with those that share its key.
func (b *batch) waiting() []*pending {
	var all []*pending
	for _, d := range b.decided {
		all = append(append(all, d.pending), d.twins...)
	}
	return all
}

func (b *batch) decide(p *pending) (*decided, *Decision, error) {
	c := &p.command
	decision := &Decision{
		now:    p.ledger.Now(p.arrived),
		states: make(map[domain.Stream]folded, len(p.streams)),
		writes: c.Writes,
		codec:  b.codec,
	}
	for i, stream := range p.streams {
		known := b.standOn(stream, p.loaded[i])
		decision.states[stream] = known
		// Commands are decided in another order than they arrive in, and processes' clocks differ. What is decided on an
		// event can't have happened before it.
		if known.effective.After(decision.now) {
			decision.now = known.effective
		}
	}
	d := &decided{pending: p}
	answer, err := judge(c, decision)
	if _, needs := errors.AsType[*needError](err); needs {
		return nil, nil, err
	}
	if d.err = err; err == nil {
		d.answer, d.proposed = answer, decision.proposed
	}
	d.version = decision.states[c.Resource].version
	if d.appends() {
		if err := d.encode(b.codec, b.ledger.ID); err != nil {
			return nil, nil, err
		}
	}
	return d, decision, nil
}

// standOn gives the newest known state of a stream and notes the version that the log must still have.
func (b *batch) standOn(stream domain.Stream, known folded) folded {
	if current, ok := b.current[stream]; ok {
		return current
	}
	if cached, ok := b.states.get(streamKey{b.ledger.ID, stream}); ok && cached.version > known.version {
		known = cached
	}
	b.base[stream] = known.version
	b.current[stream] = known
	return known
}

// judge holds If-Match against the resource, then decides. A panic in a rule is that command's fault and nobody else's.
func judge(c *Command, decision *Decision) (answer Answer, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("deciding panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	if version := decision.Version(c.Resource); c.IfMatch != nil && !slices.Contains(c.IfMatch, version) {
		return Answer{}, versionMismatch(c.Resource, version)
	}
	answer, err = c.Decide(decision)
	if err == nil {
		err = decision.err
	}
	if answer.Body == nil {
		answer.Body = []byte{} // an answer without a body is stored as one that is empty, not as none
	}
	if err == nil && len(decision.proposed) > GroupEventsMax {
		err = domain.Invalid(CodeTooManyEvents, "The command would write %d events, and one may write %d.", len(decision.proposed), GroupEventsMax)
	}
	return answer, err
}

func versionMismatch(resource domain.Stream, version int64) *domain.Rejection {
	return &domain.Rejection{
		Kind:    domain.KindStale,
		Code:    CodeVersionMismatch,
		Message: fmt.Sprintf("%s is at version %d, which If-Match does not accept.", resource, version),
	}
}
