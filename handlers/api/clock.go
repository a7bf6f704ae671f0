package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections/engine"
)

// advanceTimeout bounds an advance. One that is cut off leaves the clock at a deadline, and another goes on from there.
const advanceTimeout = 10 * time.Minute

// clockView is where a ledger's clock stands.
type clockView struct {
	Now  time.Time `json:"now"`
	Mode string    `json:"mode" enum:"sandbox,live" doc:"A sandbox's clock stands still until it is advanced; a live ledger follows the system's."`
}

// advanceBody is the body of POST /v1/clock/advance.
type advanceBody struct {
	To time.Time `json:"to" doc:"Not before where the clock stands; any distance."`
}

// advancedView is what came of advancing the clock.
type advancedView struct {
	Now time.Time `json:"now"`
	Ran int       `json:"ran" doc:"How many deadlines were carried out on the way."`
}

func clockRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/v1/clock", id: "get-clock", tag: tagSandbox, roles: roleReaders,
			summary: "Where the ledger's clock stands", status: http.StatusOK, answer: reflect.TypeFor[clockView](),
			kind: kindQuery, positioned: true, handle: (*Server).showClock,
		},
		{
			method: http.MethodPost, path: "/v1/clock/advance", id: "advance-clock", tag: tagSandbox, roles: roleAdmins,
			summary: "Advance a sandbox's clock", status: http.StatusOK, timeout: advanceTimeout,
			text: "The clock is set to each deadline up to and including to in turn, what is due then is carried out with all that it " +
				"causes, and at last the clock is set to to. The answer comes once all read models show it. An Idempotency-Key is " +
				"ignored: advancing to the same time again changes nothing. What does not get there in ten minutes, or meets a server that " +
				"stops, is answered with 503 and stands at a deadline on its way; advancing again goes on from there.",
			request: reflect.TypeFor[advanceBody](), bodyMax: bodyBytesMax, answer: reflect.TypeFor[advancedView](),
			example: map[string]any{"to": "2100-01-01T00:00:00Z"}, kind: kindCheck, positioned: true,
			refusals: append([]refusal{
				{http.StatusNotFound, "clock_not_found", "a live ledger follows the system's clock"},
				{http.StatusUnprocessableEntity, "clock_backwards", "the clock never goes back"},
			}, invalid("to_invalid")...),
			handle: (*Server).advanceClock,
		},
	}
}

func (s *Server) showClock(c *call) error {
	tail, err := s.tail(c)
	if err != nil {
		return err
	}
	now, err := c.ledger.ClockAt(c.ctx, s.pool, tail, c.at)
	if err != nil {
		return err
	}
	c.header(unversioned, tail)
	return c.send(http.StatusOK, "application/json", marshal(clockView{Now: now, Mode: string(c.ledger.Mode)}))
}

var shapeOfAdvance = shapeOf(reflect.TypeFor[advanceBody]())

func (s *Server) advanceClock(c *call) error {
	if _, err := s.tail(c); err != nil { // Min-Position holds here too
		return err
	}
	raw, err := readBody(c.http.Request(), c.route.bodyMax)
	if err != nil {
		return err
	}
	var given advanceBody
	if err := decode(raw, shapeOfAdvance, &given); err != nil {
		return err
	}
	if c.ledger.Mode != eventstore.ModeSandbox {
		return newProblem(http.StatusNotFound, "clock_not_found", "a live ledger follows the system's clock")
	}
	done, err := s.deadlines.Advance(c.ctx, c.ledger, process.Caller{Actor: c.keyID, Correlation: c.id}, given.To)
	if err != nil {
		return unfinished(err)
	}
	c.header(unversioned, done.Position)
	return c.send(http.StatusOK, "application/json", marshal(advancedView{Now: done.Now, Ran: done.Ran}))
}

// unfinished says of an advance that did not come to its end how things stand. A refusal is left as it is: nothing was done.
func unfinished(err error) error {
	p := problemOf(err)
	if p.Status < http.StatusInternalServerError {
		return err
	}
	told := *p
	if errors.Is(err, context.DeadlineExceeded) {
		told.Code = codeOutcomeUnknown // the database is there: what takes too long in it is cut off earlier
	}
	told.Detail = "the clock may have stopped on its way, at a deadline; advancing it again goes on from there"
	if behind, ok := errors.AsType[*engine.BehindError](err); ok {
		told.Detail = "the read model " + behind.Projection + " does not get any further; " + told.Detail
	}
	return &told
}
