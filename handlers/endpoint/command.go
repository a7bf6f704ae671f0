package endpoint

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// NoBody is the body of a command that says all in its path.
type NoBody struct{}

// Command completes a route whose body B becomes a command with the result R, shown as V.
//
// What can't be read is refused first; then the idempotency key speaks, then If-Match, then the rules. The answer is made
// where the command is decided, so that it is stored with its events and a repeat gets the same bytes.
func Command[B, R, V any](r Route, build func(*Call, B) eventstore.Plan[R], view func(R) V) Route {
	return planned(r, func(c *Call, given B) (eventstore.Plan[R], error) { return build(c, given), nil }, view)
}

// FoundCommand completes a command on something that a read model must find first, which then has all that the log had when
// the request came.
func FoundCommand[B, F, R, V any](
	r Route, model engine.Projection, find func(B) Reading[F], build func(*Call, B, F) eventstore.Plan[R], view func(R) V,
) Route {
	return SoughtCommand(r, func(c *Call, given B) (F, error) { return Read(c, model, find(given)) }, build, view)
}

// SoughtCommand completes a command on something that must be found first, in the read model that the call tells.
func SoughtCommand[B, F, R, V any](
	r Route, find func(*Call, B) (F, error), build func(*Call, B, F) eventstore.Plan[R], view func(R) V,
) Route {
	return planned(r, func(c *Call, given B) (plan eventstore.Plan[R], err error) {
		found, err := find(c, given)
		if err != nil {
			return plan, err
		}
		return build(c, given, found), nil
	}, view)
}

func planned[B, R, V any](r Route, build func(*Call, B) (eventstore.Plan[R], error), view func(R) V) Route {
	r.Versioned = true
	return taking[B, V](r, KindCommand, func(c *Call, given B) error {
		if c.asks {
			plan, err := build(c, given)
			if err != nil {
				return err
			}
			return answerAsked(c, plan, func(_ *Call, result R) V { return view(result) })
		}
		made, err := c.command()
		if err != nil {
			return err
		}
		condition, err := parseIfMatch(c.http.Request().Header.Values("If-Match"))
		if err != nil {
			return err
		}
		plan, err := build(c, given)
		if refused, ok := errors.AsType[*domain.Rejection](err); ok {
			// What was found for the first request may be gone at its repeat, which is answered all the same.
			plan, condition, err = refusing[R](refused), precondition{}, nil
		}
		if err != nil {
			return err
		}
		made.Resource, made.Reads, made.Writes = plan.Resource, plan.Reads, plan.Writes
		made.IfMatch = condition.versions
		var begun awaiting[R]
		var asked domain.Stream
		made.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
			if err := condition.check(d, plan.Resource); err != nil {
				return eventstore.Answer{}, err
			}
			result, err := plan.Decide(d)
			if err != nil || c.dryRun {
				return eventstore.Answer{}, err
			}
			answer := eventstore.Answer{Status: c.route.statusOf(result), Body: encode(view(result))}
			if begun, asked = awaited(c, result); asked != "" {
				answer.Hold = holdTime
			}
			return answer, nil
		}
		outcome, err := c.execute(made)
		if c.route.Tidy != nil && !c.dryRun {
			c.route.Tidy(c)
		}
		switch {
		case err != nil:
			return err
		case c.dryRun:
			return c.sendDryRun(outcome)
		case asked != "" && !outcome.Replayed:
			return await(c, begun, asked, view)
		}
		return c.answer(outcome)
	})
}

// refusing makes a command that is refused, unless its key was used.
func refusing[R any](refused *domain.Rejection) eventstore.Plan[R] {
	return eventstore.Plan[R]{Resource: clock.Stream(), Reads: []domain.Stream{clock.Stream()}, Decide: func(*eventstore.Decision) (none R, err error) {
		return none, refused
	}}
}

// PlainCommand completes a command whose path says all.
func PlainCommand[R, V any](r Route, build func(*Call) eventstore.Plan[R], view func(R) V) Route {
	return Command(r, func(c *Call, _ NoBody) eventstore.Plan[R] { return build(c) }, view)
}

// PersonalCommand completes a command whose body is personal data. The answer is made of the body each time, so that
// nothing of it is kept with the key. A repeat has the same body, or it would be no repeat.
func PersonalCommand[B, R, V any](r Route, build func(*Call, B) eventstore.Plan[R], view func(B) V) Route {
	r = Command(r, func(c *Call, given B) eventstore.Plan[R] {
		c.own = marshal(view(given))
		return build(c, given)
	}, func(R) NoBody { return NoBody{} })
	r.answer = reflect.TypeFor[V]()
	return r
}

// Secret is shown by the first answer to a command alone. It is kept before the command is done, and forgotten where nothing came
// of that.
type Secret struct {
	Text         string
	Keep, Forget func(context.Context) error
}

// SecretCommand completes a command that makes a secret. The answer is stored without it, as view shows it with "".
func SecretCommand[B, R, V any](r Route, build func(*Call, B) (eventstore.Plan[R], Secret, error), view func(result R, secret string) V) Route {
	r = planned(r, func(c *Call, given B) (plan eventstore.Plan[R], err error) {
		plan, c.secret, err = build(c, given)
		if err == nil && !c.dryRun {
			err = c.secret.Keep(c.ctx)
		}
		decide := plan.Decide
		c.reveal = func(result any) []byte { return marshal(view(result.(R), c.secret.Text)) }
		plan.Decide = func(d *eventstore.Decision) (R, error) {
			result, err := decide(d)
			if err == nil {
				c.once = c.reveal(result)
			}
			return result, err
		}
		return plan, err
	}, func(result R) V { return view(result, "") })
	handle := r.handle
	r.handle = func(c *Call) error {
		err := handle(c)
		// Where it is unknown whether the command was done, the secret stays.
		if _, refused := errors.AsType[*domain.Rejection](err); refused || c.result == "replayed" {
			err = errors.Join(err, c.secret.forget(context.WithoutCancel(c.ctx)))
		}
		return err
	}
	return r
}

// forget forgets what may have been kept.
func (s Secret) forget(ctx context.Context) error {
	if s.Forget == nil {
		return nil
	}
	return s.Forget(ctx)
}

// OfWorkspace builds a plan of the path's workspace alone.
func OfWorkspace[R any](build func(workspace string) eventstore.Plan[R]) func(*Call) eventstore.Plan[R] {
	return func(c *Call) eventstore.Plan[R] { return build(c.Workspace()) }
}

// statusOf gives the status of a success, which is 202 for what waits, and 200 for what was so already.
func (r *Route) statusOf(result any) int {
	if waiting, ok := result.(interface{ Waits() bool }); ok && waiting.Waits() {
		return http.StatusAccepted
	}
	if repeated, ok := result.(interface{ Again() bool }); ok && r.Repeats && repeated.Again() {
		return http.StatusOK
	}
	return r.Status
}

// Text is an answer in the form of AnswerAs, which is no JSON.
type Text []byte

// TextCommand completes a command that is answered with a file of the name that the call gives it.
func TextCommand[B, R any](r Route, build func(*Call, B) eventstore.Plan[R], view func(*Call, R) (Text, error), name func(*Call) string) Route {
	r = planned(r, func(c *Call, given B) (eventstore.Plan[Text], error) {
		plan := build(c, given)
		c.file = name(c)
		return eventstore.Plan[Text]{Resource: plan.Resource, Reads: plan.Reads, Writes: plan.Writes, Decide: func(d *eventstore.Decision) (Text, error) {
			result, err := plan.Decide(d)
			if err != nil {
				return nil, err
			}
			return view(c, result)
		}}, nil
	}, func(t Text) Text { return t })
	r.answer = nil
	return r
}

// TextAct completes what [Act] does, answered with a file of the name that the call gives it.
func TextAct[B any](r Route, act func(*Call, B) (view Text, position int64, err error), name func(*Call) string) Route {
	r = Act(r, func(c *Call, given B) (Text, int64, error) {
		c.file = name(c)
		return act(c, given)
	})
	r.answer = nil
	return r
}

// encode writes an answer.
func encode(view any) []byte {
	if text, is := view.(Text); is {
		return text
	}
	return marshal(view)
}

// contentType gives that of a success, and says under which name clients save what is a file.
func (c *Call) contentType() string {
	if c.file == "" {
		return echo.MIMEApplicationJSON
	}
	c.http.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+c.file+`"`)
	return withCharset(c.route.AnswerAs)
}

// command makes of a request what all commands have in common.
func (c *Call) command() (eventstore.Command, error) {
	c.query.Del(ParameterDryRun.Name)
	sums, err := fingerprints(c.key, c.http.Request().Method, c.http.Request().URL.Path, c.query, c.body)
	const last = fingerprintAlgorithms - 1
	return eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Name: c.route.ID, Key: c.key, Fingerprint: sums[last], Others: sums[:last], Actor: c.Actor, Correlation: c.ID, DryRun: c.dryRun,
		Lane: c.Workspace(), Size: len(c.body),
	}, err
}

// execute brings the command to its end.
func (c *Call) execute(made eventstore.Command) (eventstore.Outcome, error) {
	if !c.dryRun {
		c.leave()
	}
	outcome, err := c.server.store.Execute(c.ctx, c.Ledger, made)
	switch {
	case err != nil:
	case c.dryRun:
		c.result = "dry_run"
	case outcome.Replayed:
		c.result = "replayed"
		c.http.Response().Header().Set("Idempotent-Replayed", "true")
	default:
		c.result = "done"
	}
	return outcome, err
}

// answer sends what a command is answered with.
func (c *Call) answer(outcome eventstore.Outcome) error {
	c.header(outcome.Version, outcome.LastPosition)
	body, contentType := outcome.Body, c.contentType()
	switch {
	case outcome.Status >= http.StatusBadRequest: // declined, and kept as it was sent
		contentType = problemType
	case c.own != nil:
		body = c.own
	case c.once != nil && !outcome.Replayed:
		body = c.once
	}
	return c.send(outcome.Status, contentType, body)
}
