package eventstore

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/tallystick/tallystick/domain"
)

// catchUpMax bounds the events that the executor reads of one stream while others wait.
const catchUpMax = 1_000

// catchUp reads what was appended to the commands' streams since they were folded. Commands on a stream that moved very
// far go back to their callers, who read it without keeping others waiting, and so do those on a stream of which the log has
// lost an event; those on a stream that can't be read fail.
func (x *executor) catchUp(ctx context.Context, db Querier, commands []*pending) (rest []*pending, err error) {
	readings := x.newest(commands)
	if err := x.store.codec.readOn(ctx, db, x.ledger.ID, slices.Collect(maps.Values(readings))); err != nil {
		return commands, err
	}
	if stream, ok := lost(maps.Values(readings)); ok {
		x.store.states.forget(x.ledger.ID, stream)
	}
	for _, r := range readings {
		x.store.states.putRead(x.ledger.ID, r)
	}
	for _, p := range commands {
		if p.standOn(readings) {
			rest = append(rest, p)
		}
	}
	return rest, nil
}

// newest finds the newest state that the cache or a command has of each stream.
func (x *executor) newest(commands []*pending) map[domain.Stream]*reading {
	readings := map[domain.Stream]*reading{}
	for _, p := range commands {
		for i, stream := range p.streams {
			r, found := readings[stream]
			if !found {
				r = x.store.codec.reading(stream, x.store.states.known(streamKey{x.ledger.ID, stream}), catchUpMax)
				readings[stream] = r
			}
			if p.loaded[i].version > r.known.version {
				r.known = p.loaded[i]
			}
		}
	}
	return readings
}

// standOn puts a command on what was read. It is false for one that was handed back to its caller.
func (p *pending) standOn(readings map[domain.Stream]*reading) bool {
	for i, stream := range p.streams {
		r := readings[stream]
		switch {
		case errors.Is(r.err, errLost), r.full():
			p.done <- result{reload: true}
			return false
		case r.err != nil:
			p.finish(Outcome{}, r.err)
			return false
		}
		p.loaded[i] = r.known
	}
	return true
}
