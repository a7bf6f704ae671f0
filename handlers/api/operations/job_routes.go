package operations

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var noJob = endpoint.NotFound("job_not_found", "nothing of the stream is due, failed or parked")

func jobRoutes(s jobs) []endpoint.Route {
	return []endpoint.Route{
		endpoint.KeptQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/jobs", ID: "list-jobs", Tag: tagJobs, Roles: endpoint.RolesReading,
			Summary: "List jobs", Parameters: endpoint.ListParameters(
				endpoint.ChoiceFilter("kind", "Only those of this kind.", jobKinds()),
				endpoint.ChoiceFilter("status", "Only those of this status.", listedStatuses),
				endpoint.NameFilter("workspace", "Only those of this workspace.", "the name of a workspace")),
			Text: "What is not done, the earliest first. Nearly all of it is done within a second; what stays is tried again, or waits for a " +
				"person. Of what no rule refused, running and last_error are those of the process that answers.",
		}, s.list),
		endpoint.SoughtCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/jobs/{job}/retry", ID: "retry-job", Tag: tagJobs, Roles: endpoint.RolesAdmin,
			Summary: "Retry a job",
			Text: "Does all that is due in the stream, however late, each deadline as of its own instant. This is how a person allows " +
				"what is parked. What asks a gateway is due at once. webhook:ENDPOINT has all be sent again that is not delivered to the endpoint, " +
				"a thousand at most.",
			Refusals: noJob,
		}, s.findToRetry, s.retry, asIs),
		endpoint.SoughtCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/jobs/{job}/park", ID: "park-job", Tag: tagJobs, Roles: endpoint.RolesAdmin,
			Summary: "Park a job", Text: "Stops it: nobody does it by itself until it is retried. A command that must come after it still does it first.",
			Example: map[string]any{"reason": "the customer asked for it"}, Needs: "a job",
			Refusals: slices.Concat(noJob, endpoint.Conflict("job_running", "it is being done"), endpoint.Invalid("reason_invalid")),
		}, s.findToPark, s.park, asIs),
	}
}

// asIs shows a result that is made to be shown.
func asIs(v retriedView) retriedView { return v }
