package operations

import (
	"net/http"
	"slices"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
)

// advanceTimeout bounds an advance. One that is cut off leaves the clock at a deadline, and another goes on from there.
const advanceTimeout = 10 * time.Minute

func clockRoutes(deadlines *process.Deadlines) []endpoint.Route {
	return []endpoint.Route{
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/clock", ID: "get-clock", Tag: tagSandbox, Roles: endpoint.RolesReading,
			Summary: "Get the ledger's clock",
		}, getClock),
		endpoint.Act(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/clock/advance", ID: "advance-clock", Tag: tagSandbox, Roles: endpoint.RolesAdmin,
			Summary: "Advance a sandbox's clock", Timeout: advanceTimeout,
			Text: "The clock is set to each deadline up to and including to in turn, what is due then is carried out with all that it " +
				"causes, and at last the clock is set to to. The answer comes once all read models show it. An Idempotency-Key is " +
				"ignored: advancing to the same time again changes nothing. What does not get there in ten minutes, or meets a server that " +
				"stops, is answered with 503 and stands at a deadline on its way; advancing again goes on from there.",
			Example: map[string]any{"to": endpoint.InAMonth{}},
			Refusals: slices.Concat(
				endpoint.NotFound("clock_not_found", "a live ledger follows the system's clock"),
				endpoint.Unprocessable("clock_backwards", "the clock never goes back"),
				endpoint.Invalid("to_invalid")),
		}, advanceClock(deadlines)),
	}
}
