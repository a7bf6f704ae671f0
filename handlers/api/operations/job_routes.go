package operations

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var jobRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/jobs", ID: "list-jobs", Tag: tagJobs, Roles: endpoint.RolesReading,
		Summary: "List jobs", Parameters: endpoint.ListParameters(),
		Text: "What is due and not done yet, the earliest first. Nearly all of it is carried out within a second; what stays is parked, " +
			"or nobody carries it out.",
	}, projections.Deadlines, listJobs),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/jobs/{stream}/retry", ID: "retry-job", Tag: tagJobs, Roles: endpoint.RolesAdmin,
		Summary: "Retry a job",
		Text: "Does all that is due in the stream, however late, each deadline as of its own instant. This is how an operator allows " +
			"what is parked.",
		Refusals: endpoint.NotFound("job_not_found", "nothing of the stream is due"),
	}, retryJob, viewRetried),
}
