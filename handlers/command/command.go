package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// Command is one intention: R is what its caller answers with.
type Command[R any] struct {
	// Resource is the stream that the answer's version is of, and that a precondition on a version is held against.
	Resource domain.Stream
	// Reads and Writes are the streams that Decide may look at, and those it may append to; it asks for more where a state
	// leads to them.
	Reads  []domain.Stream
	Writes []domain.Stream
	// Decide must be pure: the store may run it again on newer states.
	Decide func(*eventstore.Decision) (R, error)
}

// Refuse is a command whose values can't even be put to the rules.
func Refuse[R any](resource domain.Stream, rejection error) Command[R] {
	return Command[R]{Resource: resource, Reads: []domain.Stream{resource}, Decide: func(*eventstore.Decision) (none R, err error) {
		return none, rejection
	}}
}

// apply lets a decider judge a command on one stream, appends what comes of it, and gives back the state afterwards.
func apply[S domain.State, C any, F domain.Event](
	d *eventstore.Decision, stream domain.Stream, decide func(S, C, domain.Meta) ([]F, error), c C,
) (after S, err error) {
	return applyAt(d, stream, decide, c, d.Now())
}

// applyAt applies a command as of an instant, which is in the past for what should have happened before.
func applyAt[S domain.State, C any, F domain.Event](
	d *eventstore.Decision, stream domain.Stream, decide func(S, C, domain.Meta) ([]F, error), c C, at time.Time,
) (after S, err error) {
	facts, err := decide(eventstore.StateOf[S](d, stream), c, domain.Meta{Now: at})
	if err != nil {
		return after, err
	}
	d.AppendAt(stream, at, domain.Events(facts)...)
	return eventstore.StateOf[S](d, stream), nil
}
