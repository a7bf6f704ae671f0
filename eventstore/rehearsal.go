package eventstore

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Rehearsal decides commands on streams that it keeps in memory, as a store does on those of a ledger. It shows what long
// histories come to; nothing of them is stored.
type Rehearsal struct {
	codec  *Codec
	states map[domain.Stream]folded
}

// NewRehearsal begins with empty streams.
func NewRehearsal(codec *Codec) *Rehearsal {
	return &Rehearsal{codec: codec, states: map[domain.Stream]folded{}}
}

// Execute decides a command at an instant, keeps its events and returns them. A command that is refused, and a dry run,
// change nothing.
func (r *Rehearsal) Execute(c Command, now time.Time) ([]Proposed, error) {
	for {
		p := &pending{ledger: Ledger{Mode: ModeLive}, command: c, streams: c.streams(), arrived: now}
		decision := newDecision(r.codec, p, func(i int) folded { return r.standing(p.streams[i]) })
		_, err := judge(&c, decision)
		if need, ok := errors.AsType[*needError](err); ok {
			c.Writes = append(slices.Clip(c.Writes), need.streams...)
			continue
		}
		if err != nil || c.DryRun {
			return decision.proposed, err
		}
		for _, stream := range decision.streams {
			r.states[stream] = decision.state(stream)
		}
		return decision.proposed, nil
	}
}

func (r *Rehearsal) standing(stream domain.Stream) folded {
	if known, ok := r.states[stream]; ok {
		return known
	}
	streamType, err := r.codec.streamType(stream)
	if err != nil {
		return folded{}
	}
	return folded{state: streamType.Initial}
}

// RehearsedState finds the state of a stream.
func RehearsedState[S domain.State](r *Rehearsal, stream domain.Stream) (state S) {
	state, _ = r.standing(stream).state.(S)
	return state
}
