package eventstore

import (
	"bytes"

	"github.com/tallystick/tallystick/domain"
)

// request puts the batch into the form in which it is sent.
func (b *batch) request() (*appendRequest, []int32) {
	r := &appendRequest{ledger: b.ledger.ID}
	components := b.components()
	for stream, commands := range b.touched {
		index := r.stream(stream, b.base[stream])
		for i, command := range commands {
			// A component's commands mostly stand side by side, and a need that is said twice does no harm.
			if i == 0 || components[command] != components[commands[i-1]] {
				r.need(components[command], index)
			}
		}
	}
	for i, d := range b.decided {
		r.command(components[i], d)
	}
	return r, components
}

// components numbers the commands so that two have the same number when one may stand on an event of the other: when
// they touch a stream that the batch writes to. A stream that is only read joins nobody, so a catalog that every command
// looks at does not make one component of all.
func (b *batch) components() []int32 {
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
	for stream, commands := range b.touched {
		if b.current[stream].version == b.base[stream] {
			continue
		}
		for _, command := range commands[1:] {
			parent[root(int32(command))] = root(int32(commands[0]))
		}
	}
	for i := range parent {
		parent[i] = root(int32(i))
	}
	return parent
}

// settle answers everybody whose fate the reply decides. It gives back those who must be decided again, and the ledger's
// new tail.
func (b *batch) settle(reply appendReply, components []int32) (again []*pending, tail int64) {
	position := reply.tail
	for i, d := range b.decided {
		hit, used := reply.hits[i]
		switch {
		case used:
			d.settleHit(hit)
		case reply.refused[components[i]]:
			again = append(again, d.pending)
			again = append(again, d.twins...)
		default:
			if d.appends() {
				position += int64(len(d.proposed))
			}
			again = append(again, d.settleAccepted(position)...)
		}
	}
	for stream, commands := range b.touched {
		if current := b.current[stream]; current.version > b.base[stream] && !reply.refused[components[commands[0]]] {
			b.states.put(streamKey{b.ledger.ID, stream}, current)
		}
	}
	return again, position
}

// settleHit answers a command whose key was used before, whatever was decided now.
func (d *decided) settleHit(h hit) {
	for _, p := range append([]*pending{d.pending}, d.twins...) {
		if !bytes.Equal(h.fingerprint, p.command.Fingerprint[:]) {
			p.finish(Outcome{}, keyReused(p.command.Key))
			continue
		}
		outcome := h.outcome
		// The same id is the command itself, sent again because the connection was lost while it committed.
		outcome.Replayed = h.command != p.command.ID
		p.finish(outcome, nil)
	}
}

// settleAccepted answers a confirmed command and its twins. After a refusal the key is free, so a twin that asked for
// something else is decided on its own.
func (d *decided) settleAccepted(position int64) (again []*pending) {
	if d.err != nil {
		d.pending.finish(Outcome{}, d.err)
		for _, twin := range d.twins {
			if twin.command.Fingerprint == d.pending.command.Fingerprint {
				twin.finish(Outcome{}, d.err)
			} else {
				again = append(again, twin)
			}
		}
		return again
	}
	outcome := d.outcome(position)
	d.pending.finish(outcome, nil)
	outcome.Replayed = true
	for _, twin := range d.twins {
		if twin.command.Fingerprint == d.pending.command.Fingerprint {
			twin.finish(outcome, nil)
		} else {
			twin.finish(Outcome{}, keyReused(twin.command.Key))
		}
	}
	return nil
}

func (d *decided) outcome(position int64) Outcome {
	outcome := Outcome{Answer: d.answer, Resource: d.pending.command.Resource, Version: d.version, LastPosition: position}
	if d.pending.command.DryRun {
		outcome.Proposed = d.proposed
	} else {
		position -= int64(len(d.proposed))
	}
	outcome.FirstPosition = position + 1
	return outcome
}

func keyReused(key string) *domain.Rejection {
	return domain.Invalid(CodeKeyReused, "The idempotency key %q was used for another request.", key)
}
