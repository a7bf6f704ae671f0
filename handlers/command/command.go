package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// Command is one intention. R is the type of its result, which the caller answers with.
type Command[R any] = eventstore.Plan[R]

// Refuse makes a command that is refused in any state, because its values can't even be put to the rules.
func Refuse[R any](resource domain.Stream, rejection error) Command[R] {
	return Command[R]{Resource: resource, Reads: []domain.Stream{resource}, Decide: func(*eventstore.Decision) (none R, err error) {
		return none, rejection
	}}
}

// ThenShow does what a command does, and gives what is to be shown of it.
func ThenShow[R, V any](c Command[R], shown V) Command[V] {
	return Command[V]{Resource: c.Resource, Reads: c.Reads, Writes: c.Writes, Decide: func(d *eventstore.Decision) (V, error) {
		_, err := c.Decide(d)
		return shown, err
	}}
}

// Show does what a command does, and gives what view makes of it.
func Show[R, V any](c Command[R], view func(R) (V, error)) Command[V] {
	return Command[V]{Resource: c.Resource, Reads: c.Reads, Writes: c.Writes, Decide: func(d *eventstore.Decision) (none V, err error) {
		result, err := c.Decide(d)
		if err != nil {
			return none, err
		}
		return view(result)
	}}
}

// apply lets a decider judge a command on one stream, appends the events, and returns the state after them.
func apply[S domain.State, C any, F domain.Event](
	d *eventstore.Decision, stream domain.Stream, decide func(S, C, domain.Meta) ([]F, error), c C,
) (after S, err error) {
	return applyAt(d, stream, decide, c, d.Now())
}

// applyAt applies a command as of an instant, which lies in the past for what should have happened before.
func applyAt[S domain.State, C any, F domain.Event](
	d *eventstore.Decision, stream domain.Stream, decide func(S, C, domain.Meta) ([]F, error), c C, at time.Time,
) (after S, err error) {
	if _, err := decideAt(d, stream, decide, c, at); err != nil {
		return after, err
	}
	return eventstore.StateOf[S](d, stream), nil
}

// decideAt applies a command and gives back the facts.
func decideAt[S domain.State, C any, F domain.Event](
	d *eventstore.Decision, stream domain.Stream, decide func(S, C, domain.Meta) ([]F, error), c C, at time.Time,
) ([]F, error) {
	facts, err := decide(eventstore.StateOf[S](d, stream), c, domain.Meta{Now: at})
	if err == nil {
		d.AppendAt(stream, at, domain.Events(facts)...)
	}
	return facts, err
}
