package api

import (
	"errors"
	"reflect"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/engine"
)

// askRoute completes a POST with the body B that only asks, where the answer must be true of this moment and not of what
// a read model has reached. The store decides it.
func askRoute[B, R, V any](r route, build func(*call, B) command.Command[R], view func(*call, R) V) route {
	body := shapeOf(reflect.TypeFor[B]())
	r.kind, r.versioned, r.positioned, r.bodyMax = kindAsk, true, true, bodyBytesMax
	r.request, r.answer = reflect.TypeFor[B](), reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error {
		var given B
		if _, err := c.read(body, &given); err != nil {
			return err
		}
		return answerAsked(s, c, build(c, given), view)
	}
	return r
}

// askQueryRoute completes a GET whose answer takes several streams at one position, which no read model has together. It
// is never behind.
func askQueryRoute[R, V any](r route, build func(*call) command.Command[R], view func(*call, R) V) route {
	r.kind, r.versioned, r.positioned, r.answer = kindAsk, true, true, reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error { return answerAsked(s, c, build(c), view) }
	return r
}

// answerAsked answers with the position at which the store confirmed the answer.
func answerAsked[R, V any](s *Server, c *call, asked command.Command[R], view func(*call, R) V) error {
	minimum, err := c.minimum()
	if err != nil {
		return err
	}
	outcome, err := askStore(s, c, asked, view)
	if err != nil {
		return err
	}
	if outcome.LastPosition < minimum {
		return &engine.BehindError{Position: outcome.LastPosition, Required: minimum}
	}
	c.header(storedVersion(outcome), outcome.LastPosition)
	return c.send(c.route.status, "application/json", outcome.Body)
}

// askStore decides without doing: the store confirms, under the ledger's lock, all that the answer stands on.
func askStore[R, V any](s *Server, c *call, asked command.Command[R], view func(*call, R) V) (eventstore.Outcome, error) {
	outcome, err := s.store.Execute(c.ctx, c.ledger, eventstore.Command{
		DryRun: true, Resource: asked.Resource, Reads: asked.Reads, Writes: asked.Writes,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			result, err := asked.Decide(d)
			if err != nil {
				return eventstore.Answer{}, err
			}
			return eventstore.Answer{Body: marshal(view(c, result))}, nil
		},
	})
	if errors.Is(err, eventstore.ErrOutcomeUnknown) {
		err = eventstore.ErrUnavailable // whatever became of it, nothing was done
	}
	return outcome, err
}

// storedVersion is the version of a dry run's resource as it is, since nothing was done to it.
func storedVersion(o eventstore.Outcome) int64 {
	version := o.Version
	for _, proposed := range o.Proposed {
		if proposed.Stream == o.Resource {
			version--
		}
	}
	return version
}
