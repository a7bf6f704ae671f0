package finance

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// placePeriod is the place of a period in paths.
const placePeriod = "period"

var bookRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/finance/policy", ID: "get-book-policy", Tag: tag, Roles: endpoint.RolesReading, Versioned: true,
		Summary: "Get the policy of the books", Text: "The default until one is set.",
	}, finance.Model, getPolicy),
	endpoint.FoundCommand(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/finance/policy", ID: "set-book-policy", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Set the policy of the books",
		Text: "Of invoices that are issued from now on; the same again changes nothing, and what is not given takes its default. The time " +
			"zone can't change any more once there is an entry.",
		Example: map[string]any{"time_zone": "UTC", "recognition": "day", "write_off_tax_relief": false},
		Refusals: slices.Concat(endpoint.Conflict("books_in_use", "the books have entries, whose days are of their time zone"),
			endpoint.Invalid("time_zone_unknown", "recognition_invalid")),
	}, finance.Model, findUse, setPolicy, viewPolicy),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/finance/periods", ID: "list-book-periods", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List the periods of the books", Parameters: endpoint.ListParameters(),
		Text: "The months that have entries, and those that are closed, in their order.",
	}, finance.Model, listPeriods),
	endpoint.FoundCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/finance/periods/{" + placePeriod + "}/close", ID: "close-book-period", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Close a period of the books",
		Text: "Periods are closed in their order, once the month is over in the time zone of the books, and are never opened again. What comes " +
			"later and belongs to it is dated the first day of the first open period, with correction_of_period.",
		Refusals: slices.Concat(endpoint.NotFound("period_not_found", "the path has no month such as 2026-01"),
			endpoint.Conflict("period_closed", "the period is closed already"),
			endpoint.Conflict("period_not_over", "the month is not over in the time zone of the books"),
			endpoint.Conflict("earlier_period_open", "an earlier period is open")),
	}, finance.Model, findClosing, closePeriod, viewClosed),
}
