package api

import (
	"net/http"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// noBody is the body of a command that says all in its path.
type noBody struct{}

// commandRoute completes a route whose body B becomes a command with the result R, shown as V.
//
// The order of judgement: what can't be read is refused first; then the idempotency key speaks, then If-Match, then the
// rules. The answer is made where the command is decided, so that it is stored with its events and a repeat gets the
// same bytes.
func commandRoute[B, R, V any](r route, build func(*call, B) command.Command[R], view func(R) V) route {
	body := shapeOf(reflect.TypeFor[B]())
	r.kind, r.versioned, r.positioned = kindCommand, true, true
	r.request, r.answer = reflect.TypeFor[B](), reflect.TypeFor[V]()
	if r.bodyMax == 0 {
		r.bodyMax = bodyBytesMax
	}
	r.handle = func(s *Server, c *call) error {
		var given B
		made, err := c.command(body, &given)
		if err != nil {
			return err
		}
		built := build(c, given)
		made.Resource, made.Reads, made.Writes = built.Resource, built.Reads, built.Writes
		condition, err := parseIfMatch(c.http.Request().Header.Values("If-Match"))
		if err != nil {
			return err
		}
		made.IfMatch = condition.versions
		made.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
			if err := condition.check(d, built.Resource); err != nil {
				return eventstore.Answer{}, err
			}
			result, err := built.Decide(d)
			if err != nil || c.dryRun {
				return eventstore.Answer{}, err
			}
			status := r.status
			if waiting, ok := any(result).(interface{ Waits() bool }); ok && waiting.Waits() {
				status = http.StatusAccepted
			}
			return eventstore.Answer{Status: status, Body: marshal(view(result))}, nil
		}
		return s.execute(c, made)
	}
	return r
}

// personalRoute is commandRoute for a body of personal data, which is its own answer: it is made of the body each time, so
// that nothing of it is kept with the key. A repeat has the same body, or it would be no repeat.
func personalRoute[B, R, V any](r route, build func(*call, B) command.Command[R], view func(B) V) route {
	r = commandRoute(r, func(c *call, given B) command.Command[R] {
		c.own = marshal(view(given))
		return build(c, given)
	}, func(R) noBody { return noBody{} })
	r.answer = reflect.TypeFor[V]()
	return r
}

// command makes of a request what all commands have in common.
func (c *call) command(s *shape, v any) (eventstore.Command, error) {
	request := c.http.Request()
	made := eventstore.Command{Actor: c.keyID, Correlation: c.id, DryRun: c.dryRun}
	var err error
	if made.ID, err = uuid.NewV7(); err != nil {
		return made, err
	}
	if !c.dryRun {
		if made.Key, err = parseIdempotencyKey(request.Header.Values("Idempotency-Key")); err != nil {
			return made, err
		}
	}
	body, err := c.read(s, v)
	if err != nil {
		return made, err
	}
	c.query.Del(parameterDryRun.name)
	made.Fingerprint, err = fingerprint(made.Key, request.Method, request.URL.Path, c.query, body)
	return made, err
}

// execute brings the command to its end and answers.
func (s *Server) execute(c *call, made eventstore.Command) error {
	outcome, err := s.store.Execute(c.ctx, c.ledger, made)
	switch {
	case err != nil:
		return err
	case c.dryRun:
		c.result = "dry_run"
		return s.sendDryRun(c, outcome)
	case outcome.Replayed:
		c.result = "replayed"
		c.http.Response().Header().Set("Idempotent-Replayed", "true")
	default:
		c.result = "done"
	}
	c.header(outcome.Version, outcome.LastPosition)
	body := outcome.Body
	if c.own != nil {
		body = c.own
	}
	return c.send(outcome.Status, "application/json", body)
}

// dryRunView is what a command would do.
type dryRunView struct {
	Events  []dryRunEvent `json:"events"`
	Invoice *invoiceView  `json:"invoice" doc:"That the command would make, with ids and a number of its own; null for none."`
}

type dryRunEvent struct {
	Stream string         `json:"stream" example:"seating:acme"`
	Type   string         `json:"type" example:"seating.allocated.v1"`
	Data   jsontext.Value `json:"data" doc:"Without the event's private part."`
}

// sendDryRun shows the events. The ETag is of the resource as it is, since nothing was done to it.
func (s *Server) sendDryRun(c *call, outcome eventstore.Outcome) error {
	shown := dryRunView{Events: make([]dryRunEvent, len(outcome.Proposed)), Invoice: proposedInvoice(outcome.Proposed)}
	for i, proposed := range outcome.Proposed {
		data, _, err := s.codec.Encode(proposed.Fact)
		if err != nil {
			return err
		}
		shown.Events[i] = dryRunEvent{Stream: string(proposed.Stream), Type: proposed.Fact.EventType(), Data: data}
	}
	c.header(storedVersion(outcome), -1)
	return c.send(http.StatusOK, "application/json", marshal(shown))
}

// proposedInvoice is the last invoice that events make, as they leave it; nil for none.
func proposedInvoice(events []eventstore.Proposed) *invoiceView {
	var made invoice.State
	var view *invoiceView
	for _, e := range events {
		if _, first := e.Fact.(invoice.Drafted); first || made.ID != "" && e.Stream == invoice.Stream(made.ID) {
			made = invoice.Evolve(made, e.Fact)
			view = new(viewInvoice(made, e.EffectiveAt))
		}
	}
	return view
}
