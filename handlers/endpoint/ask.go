package endpoint

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// Ask completes a POST with the body B that only asks, where the answer must be true of this moment and not of what a
// read model has reached. The store decides it.
func Ask[B, R, V any](r Route, build func(*Call, B) eventstore.Plan[R], view func(*Call, R) V) Route {
	r.Versioned = true
	return taking[B, V](r, KindAsk, func(c *Call, given B) error { return answerAsked(c, build(c, given), view) })
}

// AskQuery completes a GET whose answer takes several streams at one position, which no read model has together. It is
// never behind.
func AskQuery[R, V any](r Route, build func(*Call) eventstore.Plan[R], view func(*Call, R) V) Route {
	r.Versioned = true
	return answering[V](r, KindAsk, func(c *Call) error { return answerAsked(c, build(c), view) })
}

// answerAsked answers with the position at which the store confirmed the answer.
func answerAsked[R, V any](c *Call, asked eventstore.Plan[R], view func(*Call, R) V) error {
	minimum, err := c.minimum()
	if err != nil {
		return err
	}
	outcome, err := askStore(c, asked, view)
	if err != nil {
		return err
	}
	if outcome.LastPosition < minimum {
		return &engine.BehindError{Position: outcome.LastPosition, Required: minimum}
	}
	c.header(storedVersion(outcome), outcome.LastPosition)
	return c.send(c.route.Status, "application/json", outcome.Body)
}

// askStore decides without doing: the store confirms all that the answer stands on.
func askStore[R, V any](c *Call, asked eventstore.Plan[R], view func(*Call, R) V) (eventstore.Outcome, error) {
	return c.server.store.Execute(c.ctx, c.Ledger, eventstore.Command{
		Name: c.route.ID, DryRun: true, Resource: asked.Resource, Reads: asked.Reads, Writes: asked.Writes, Lane: c.Workspace(), Size: len(c.body),
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			result, err := asked.Decide(d)
			if err != nil {
				return eventstore.Answer{}, err
			}
			return eventstore.Answer{Body: marshal(view(c, result))}, nil
		},
	})
}

// storedVersion gives the version of a dry run's resource as it is, since nothing was done to it.
func storedVersion(o eventstore.Outcome) int64 {
	version := o.Version
	for _, proposed := range o.Proposed {
		if proposed.Stream == o.Resource {
			version--
		}
	}
	return version
}

// Act completes a POST with the body B that does something which is harmless to repeat, so that it needs no key. It
// answers with the position that shows what was done.
func Act[B, V any](r Route, act func(*Call, B) (view V, position int64, err error)) Route {
	return taking[B, V](r, KindCheck, func(c *Call, given B) error {
		if _, err := c.lookTail(); err != nil { // Min-Position holds here too
			return err
		}
		view, position, err := act(c, given)
		if err != nil {
			return err
		}
		c.header(c.version, position)
		return c.send(c.route.statusOf(view), c.contentType(), encode(view))
	})
}

// Perform carries out a plan that is harmless to repeat, for a request that needs no key. Where nothing is to be written, nothing is.
func Perform[R any](c *Call, plan eventstore.Plan[R]) (result R, position int64, err error) {
	made := eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Name: c.route.ID, Actor: c.Actor, Correlation: c.ID, Resource: plan.Resource, Reads: plan.Reads, Writes: plan.Writes,
		Lane: c.Workspace(), Size: len(c.body), DryRun: true,
		Decide: func(d *eventstore.Decision) (answer eventstore.Answer, err error) {
			result, err = plan.Decide(d)
			return eventstore.Answer{Status: http.StatusNoContent}, err
		},
	}
	outcome, err := c.server.store.Execute(c.ctx, c.Ledger, made)
	if err == nil && len(outcome.Proposed) > 0 {
		made.DryRun = false
		outcome, err = c.server.store.Execute(c.ctx, c.Ledger, made)
	}
	return result, outcome.LastPosition, err
}
