package operations

import (
	"slices"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/handlers/process"
)

var (
	tagJobs    = endpoint.Tag{Name: "Jobs", Text: "Deadlines that are due and not carried out yet, and webhooks that are not delivered yet."}
	tagSandbox = endpoint.Tag{Name: "Sandbox", Text: "The ledger's clock, which in a sandbox stands still until it is advanced."}
)

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("JobKind", jobKinds()),
	endpoint.EnumOf("JobStatus", append(listedStatuses[:4:4], jobDone)),
	endpoint.EnumOf("LedgerMode", eventstore.Modes),
}

// Routes gives the routes of jobs, and of clocks that the deadlines advance.
func Routes(deadlines *process.Deadlines, deliveries *process.Deliveries, written *exports.Exports) []endpoint.Route {
	return slices.Concat(jobRoutes(jobs{deadlines, deliveries, written}), clockRoutes(deadlines))
}
