package eventstore

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// connect numbers the commands so that two have the same number when one may stand on an event of the other: when they
// touch a stream that the batch writes to. A stream that is only read joins nobody, so a catalog that every command looks at
// does not make one component of all.
func (b *batch) connect() {
	parent := make([]int32, len(b.decided))
	for i := range parent {
		parent[i] = int32(i)
	}
	root := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, s := range b.streams {
		if !s.written() {
			continue
		}
		for _, command := range s.commands[1:] {
			parent[root(command)] = root(s.commands[0])
		}
	}
	for i, d := range b.decided {
		d.component = root(int32(i))
	}
	for _, d := range b.decided {
		if d.fate == fateFailed {
			b.putAside(d.component, fateAgain)
		}
	}
}

// fail answers a command with a fault of its own. Its key is free, so that its twins are decided again.
func (b *batch) fail(d *decided, fault error) {
	d.fate = fateFailed
	d.pending.finish(Outcome{}, fault)
}

// putAside leaves a component out of the request: it is sent whole or not at all.
func (b *batch) putAside(component int32, why fate) {
	for _, d := range b.decided {
		if d.component == component && (d.fate == fateSent || d.fate == fateAgain) {
			d.fate = why
		}
	}
}

// request puts what is not put aside into the form in which it is sent, and tells which streams that takes. It is nil when
// nothing is left.
func (b *batch) request() (*appendRequest, []*standing) {
	r := &appendRequest{ledger: b.ledger.ID}
	var streams []*standing
	index := make(map[domain.Stream]int32, len(b.streams))
	for _, s := range b.streams {
		for _, command := range s.commands {
			if b.decided[command].fate == fateSent {
				index[s.stream] = r.stream(s)
				streams = append(streams, s)
				break
			}
		}
	}
	for _, d := range b.decided {
		if d.fate == fateSent {
			r.command(d, index)
		}
	}
	if len(r.lookedUp)+len(r.commandKey) == 0 {
		return nil, nil
	}
	return r, streams
}

// refuse puts aside what the reply refuses, and gives the streams that the log has lost.
func (b *batch) refuse(reply *appendReply, streams []*standing) (lost []*standing) {
	used := make(map[string]bool, len(reply.used))
	for _, key := range reply.used {
		used[string(key)] = true
	}
	for _, d := range b.decided {
		if d.fate == fateSent && used[string(d.pending.key)] {
			d.fate = fateUsed
			b.putAside(d.component, fateAgain)
		}
	}
	for _, stream := range reply.stale {
		b.putAsideOn(streams[stream-1], fateAgain)
	}
	for _, stream := range reply.diverged {
		lost = append(lost, streams[stream-1])
		b.putAsideOn(streams[stream-1], fateReload)
	}
	return lost
}

func (b *batch) putAsideOn(s *standing, why fate) {
	for _, command := range s.commands {
		if d := b.decided[command]; d.fate == fateSent || d.fate == fateAgain && why == fateReload {
			b.putAside(d.component, why)
		}
	}
}

// settle answers everybody whose fate is certain, now that the request was appended. It gives back those who must be decided
// again, and the ledger's new tail.
func (b *batch) settle(reply *appendReply, hits map[string]hit) (again []*pending, tail int64) {
	tail = reply.tail
	for _, d := range b.decided {
		switch d.fate {
		case fateUsed:
			d.settleHit(hits[string(d.pending.key)])
		case fateReload:
			d.each(func(p *pending) { p.done <- result{reload: true} })
		case fateFailed:
			again = append(again, d.twins...)
		case fateAgain:
			d.each(func(p *pending) { again = append(again, p) })
		case fateSent:
			d.settleAppended(tail)
			b.note(d, reply, tail)
			tail += int64(len(d.proposed))
		}
	}
	for _, s := range b.streams {
		if s.current.position > s.base.position {
			b.states.put(streamKey{b.ledger.ID, s.stream}, s.current)
		}
	}
	return again, tail
}

// note finds where the command's events stand, behind the tail that was there before it.
func (b *batch) note(d *decided, reply *appendReply, tail int64) {
	groupLast := tail + int64(len(d.proposed))
	var s *standing
	for i := range d.proposed {
		if s == nil || s.stream != d.proposed[i].Stream {
			s = b.streams[d.proposed[i].Stream]
		}
		s.current.bytes += int64(len(d.encoded[i].data))
		s.current.position = tail + int64(i) + 1
		if next := i + 1; next == len(d.proposed) || d.proposed[next].Stream != s.stream {
			s.current.leaf = audit.Leaf(s.current.position, groupLast, reply.recordedAt, d.encoded[i].body)
		}
	}
}

// each calls f with the command and its twins.
func (d *decided) each(f func(*pending)) {
	f(d.pending)
	for _, twin := range d.twins {
		f(twin)
	}
}

// settleHit answers a command whose key was used before, whatever was decided now.
func (d *decided) settleHit(h hit) {
	d.each(func(p *pending) {
		if !p.command.hasFingerprint(h.fingerprint) {
			p.finish(Outcome{}, keyReused(p.command.Key))
			return
		}
		outcome := h.outcome
		// The same id is the command itself, sent again because the connection was lost while it committed.
		outcome.Replayed = h.command != p.command.ID
		if outcome.Replayed && h.held {
			p.finish(Outcome{}, inProgress(p.command.Key))
			return
		}
		p.finish(outcome, nil)
	})
}

// settleAppended answers a confirmed command and its twins, which are repeats of it. Before it the ledger's tail was there.
func (d *decided) settleAppended(tail int64) {
	if d.err != nil {
		d.pending.finish(Outcome{}, d.err)
		return
	}
	outcome := Outcome{
		Answer: d.answer, Resource: d.pending.command.Resource, Version: d.version,
		FirstPosition: tail + 1, LastPosition: tail + int64(len(d.proposed)),
	}
	d.pending.finish(outcome, nil)
	outcome.Replayed = true
	for _, twin := range d.twins {
		switch {
		case twin.command.Fingerprint != d.pending.command.Fingerprint:
			twin.finish(Outcome{}, keyReused(twin.command.Key))
		case d.answer.Hold > 0:
			twin.finish(Outcome{}, inProgress(twin.command.Key))
		default:
			twin.finish(outcome, nil)
		}
	}
}

func keyReused(key string) *domain.Rejection {
	return domain.Invalid(CodeKeyReused, "The idempotency key %q was used for another request.", key)
}

func inProgress(key string) *domain.Rejection {
	return domain.Conflict(CodeInProgress, "The request with the idempotency key %q is not answered yet.", key)
}
