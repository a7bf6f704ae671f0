package operations

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections/engine"
)

// clockView shows where a ledger's clock stands.
type clockView struct {
	Now  time.Time       `json:"now"`
	Mode eventstore.Mode `json:"mode" doc:"A sandbox's clock stands still until it is advanced; a live ledger follows the system's."`
	// Ledger tells programs that have nothing but a key which ledger it is of.
	Ledger string `json:"ledger" doc:"The id of the key's ledger."`
}

// advanceBody is the body of POST /v1/clock/advance.
type advanceBody struct {
	To time.Time `json:"to" doc:"Not before where the clock stands; any distance."`
}

// advancedView shows what came of advancing the clock.
type advancedView struct {
	Now time.Time `json:"now"`
	Ran int       `json:"ran" doc:"How many deadlines were carried out on the way."`
}

func getClock(_ context.Context, _ pgx.Tx, c *endpoint.Call) (clockView, error) {
	return clockView{Now: c.Now(), Mode: c.Ledger.Mode, Ledger: c.Ledger.ID.String()}, nil
}

func advanceClock(deadlines *process.Deadlines) func(*endpoint.Call, advanceBody) (advancedView, int64, error) {
	return func(c *endpoint.Call, b advanceBody) (advancedView, int64, error) {
		if c.Ledger.Mode != eventstore.ModeSandbox {
			return advancedView{}, 0, domain.NotFound("clock_not_found", "a live ledger follows the system's clock")
		}
		done, err := deadlines.Advance(c.Context(), c.Ledger, process.Caller{Actor: c.Actor, Correlation: c.ID}, b.To)
		if err != nil {
			return advancedView{}, 0, unfinished(err)
		}
		return advancedView{Now: done.Now, Ran: done.Ran}, done.Position, nil
	}
}

// unfinished says of an advance that did not come to its end how things stand. It leaves a refusal as it is: nothing was
// done.
func unfinished(err error) error {
	told := *endpoint.ProblemOf(err)
	if told.Status < http.StatusInternalServerError {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		// The database is there: what takes too long in it is cut off earlier.
		told = *endpoint.ProblemOf(eventstore.ErrOutcomeUnknown)
	}
	told.Detail = "the clock may have stopped on its way, at a deadline; advancing it again goes on from there"
	if behind, ok := errors.AsType[*engine.BehindError](err); ok {
		told.Detail = "the read model " + behind.Projection + " does not get any further; " + told.Detail
	}
	return &told
}
