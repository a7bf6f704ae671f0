package endpoint

import (
	"context"
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// awaiting is a result that somebody outside is asked for, such as a gateway for money. The stream names what is asked, and Look shows
// the same once it was.
type awaiting[R any] interface {
	Awaited() (of domain.Stream, ok bool)
	Look() eventstore.Plan[R]
}

// tolerant is a result that is answered as it is where whoever was asked declined.
type tolerant interface{ Tolerates() bool }

// Waiter waits for what commands begin outside.
type Waiter interface {
	// Wait returns once whoever is asked for a stream has answered, or after some seconds. The error is the refusal that the request
	// is answered with where they declined.
	Wait(ctx context.Context, ledger eventstore.Ledger, of domain.Stream) error
}

// holdTime bounds how long repeats of a command are told that it is under way. Its answer comes sooner.
const holdTime = 8 * time.Second

// awaited gives the stream that a command has somebody asked for; it is empty where the answer waits for nobody.
func awaited[R any](c *Call, result R) (begun awaiting[R], of domain.Stream) {
	begun, asks := any(result).(awaiting[R])
	if !asks || c.server.waiter == nil {
		return nil, ""
	}
	of, ok := begun.Awaited()
	if !ok {
		return nil, ""
	}
	return begun, of
}

// await answers a command that has somebody asked with what came of that, and keeps the answer for its repeats, without its secret.
func await[R, V any](c *Call, begun awaiting[R], of domain.Stream, view func(R) V) error {
	// Whoever asked may have left. Its repeat is answered all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), holdTime)
	defer cancel()
	declined := c.server.waiter.Wait(ctx, c.Ledger, of)
	if _, refused := errors.AsType[*domain.Rejection](declined); declined != nil && !refused {
		return declined
	}
	if shown, is := any(begun).(tolerant); is && shown.Tolerates() {
		declined = nil
	}
	var answer eventstore.Answer
	look := begun.Look()
	outcome, err := c.server.store.Execute(ctx, c.Ledger, eventstore.Command{
		Name: c.route.ID, DryRun: true, Resource: look.Resource, Reads: look.Reads, Writes: look.Writes, Lane: c.Workspace(), Size: len(c.body),
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			result, err := look.Decide(d)
			answer = eventstore.Answer{Status: c.route.statusOf(result), Body: marshal(view(result))}
			c.once = nil
			if err == nil && c.reveal != nil {
				c.once = c.reveal(result)
			}
			return answer, err
		},
	})
	if err != nil {
		return err
	}
	if declined != nil {
		shown := ProblemOf(declined).shown(c)
		c.result, c.once, answer = shown.Code, nil, eventstore.Answer{Status: shown.Status, Body: marshal(shown)}
	}
	outcome.Answer, outcome.Version = answer, storedVersion(outcome)
	if _, err := c.server.store.ReplaceAnswer(ctx, c.Ledger, c.key, answer, outcome.Version, outcome.LastPosition); err != nil {
		return err
	}
	return c.answer(outcome)
}
