package eventstore

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/tallystick/tallystick/domain"
)

// A batch stops taking commands once it holds this much; a single command may exceed it.
const (
	batchEventsMax = 2_000
	batchBytesMax  = 4 << 20
)

// decided holds a command and what Decide made of it.
type decided struct {
	pending  *pending
	twins    []*pending // others in the batch with the same key; they are repeats of this one
	answer   Answer
	version  int64 // of the command's resource, afterwards
	proposed []Proposed
	encoded  []encodedFact
	// err is the refusal, or a fault of ours: that too may come of a state that has moved on, so it is confirmed like any
	// other answer.
	err error

	component int32
	fate      fate
}

// fate tells what is to become of a decided command.
type fate uint8

const (
	fateSent   fate = iota // it is in the request
	fateUsed               // its key was used before
	fateAgain              // it is decided again
	fateReload             // its caller loads what it stands on again
	fateFailed             // it was answered with a fault of its own
)

// batch decides commands one after the other, each on the states that the ones before it left.
type batch struct {
	ledger Ledger
	codec  *Codec
	states *states

	decided []*decided
	byKey   map[string]*decided // those that succeeded
	streams map[domain.Stream]*standing
	sealed  int // how many of decided are encoded
	events  int
	bytes   int
}

// standing holds the states of a stream that the batch stands on.
type standing struct {
	stream   domain.Stream
	base     folded  // in the log
	current  folded  // speculative: base and what the batch adds
	commands []int32 // that touch the stream, as indexes into decided
}

func (s *standing) written() bool { return s.current.version > s.base.version }

// newBatch makes an empty batch with room for so many commands.
func newBatch(ledger Ledger, codec *Codec, states *states, commands int) *batch {
	return &batch{
		ledger:  ledger,
		codec:   codec,
		states:  states,
		decided: make([]*decided, 0, commands),
		byKey:   make(map[string]*decided, commands),
		streams: make(map[domain.Stream]*standing, commands),
	}
}

func (b *batch) full() bool {
	return b.events >= batchEventsMax || b.bytes >= batchBytesMax
}

// add decides one command. It is false for a command that turned out to be heavy among others, which is left as it was. A
// fault of the command itself ends it here and leaves the batch as it was.
func (b *batch) add(p *pending, alone bool) bool {
	if first, taken := b.byKey[string(p.key)]; taken {
		first.twins = append(first.twins, p)
		return true
	}
	standings := make([]*standing, len(p.streams))
	for i, stream := range p.streams {
		standings[i] = b.standOn(stream, p.loaded[i])
	}
	decision := newDecision(b.codec, p, func(i int) folded { return standings[i].current })
	decision.begin = b.begin
	d := &decided{pending: p}
	d.answer, d.err = judge(&p.command, decision)
	if need, ok := errors.AsType[*needError](d.err); ok {
		p.done <- result{need: need.streams}
		return true
	}
	if len(decision.proposed) > heavyEvents && !alone && !p.heavy {
		p.heavy = true
		return false
	}
	d.version = decision.Version(p.command.Resource)
	standings = append(standings, b.takeOver(p, decision)...)
	index := int32(len(b.decided))
	b.decided = append(b.decided, d)
	for _, s := range standings {
		if n := len(s.commands); n == 0 || s.commands[n-1] != index {
			s.commands = append(s.commands, index)
		}
	}
	if d.err != nil {
		return true
	}
	d.proposed = decision.proposed
	b.byKey[string(p.key)] = d
	for i, s := range standings {
		s.current = decision.states[decision.find(p.streams[i])]
	}
	b.events += len(d.proposed)
	b.bytes += len(d.answer.Body)
	return true
}

// waiting gives the batch's commands that are not answered yet, in order, each with those that share its key.
func (b *batch) waiting() []*pending {
	var all []*pending
	for _, d := range b.decided {
		if d.fate != fateFailed {
			all = append(all, d.pending)
		}
		all = append(all, d.twins...)
	}
	return all
}

// markUncertain notes that nobody knows what became of what was sent.
func (b *batch) markUncertain() {
	for _, d := range b.decided {
		if d.fate == fateSent {
			d.each(func(p *pending) { p.uncertain = true })
		}
	}
}

// standOn finds the newest known state of a stream and notes the one that the log must still have.
func (b *batch) standOn(stream domain.Stream, known folded) *standing {
	if s, ok := b.streams[stream]; ok {
		return s
	}
	if cached, ok := b.states.get(streamKey{b.ledger.ID, stream}); ok && cached.version > known.version {
		known = cached
	}
	if known.state == nil {
		if streamType, err := b.codec.streamType(stream); err == nil {
			known.state = streamType.Initial
		}
	}
	s := &standing{stream: stream, base: known, current: known}
	b.streams[stream] = s
	return s
}

// begin gives what is known of a stream of which nothing was read.
func (b *batch) begin(stream domain.Stream) folded { return b.standOn(stream, folded{}).current }

// takeOver adds the streams that a decision has begun to those of its command, so that they are confirmed, and read when the
// log has more of them.
func (b *batch) takeOver(p *pending, decision *Decision) (begun []*standing) {
	if decision.begun == 0 {
		return nil
	}
	for _, stream := range decision.streams[len(p.streams):] {
		s := b.standOn(stream, folded{})
		begun, p.loaded = append(begun, s), append(p.loaded, s.base)
	}
	p.streams, p.command.Writes = decision.streams, decision.writes
	return begun
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
	if _, needs := errors.AsType[*needError](err); !needs && decision.refused != nil {
		err = decision.refused // whatever followed from an event that is not admitted
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
