package seats

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/usage"
)

var usageRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/seats/usage", ID: "get-seat-usage", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get a workspace's seats day by day",
		Text: "A day counts as it ends, because the day of a change belongs to what comes after: a seat given on the 11th of a month of " +
			"31 days makes 21 seat-days, and one taken back on the 17th made 16.",
		Parameters: []endpoint.Parameter{
			dateParameter("from", "The first day.", "2026-01-01"),
			dateParameter("to", "The day behind the last one, at most 400 days after from.", "2026-02-01"),
		},
	}, usage.Model, getUsage),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/member-payments", ID: "get-member-payments", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "Get what each member's seat costs of an invoice",
		Text: "Or of a credit note, with negative amounts over the days that it takes back. A day's part of a line of seats, less its " +
			"discount and before tax, is shared over all seats that the workspace had bought on that day, each at the same price. " +
			"Members pay for the days on which they held one; the rest is unassigned, and all of a day without bought seats. To the " +
			"minor unit each line is shared by largest remainder and among equals by name, so that shares and unassigned add up " +
			"exactly. A seat kept for an invitation is nobody's, and guests cost nothing.",
		Parameters: []endpoint.Parameter{
			endpoint.NameFilter("invoice", "The id of an invoice of the workspace.", "the id of an invoice"),
			endpoint.NameFilter("credit_note", "Instead of an invoice, the id of a credit note of the workspace.", "the id of a credit note"),
		},
		Refusals: slices.Concat(
			endpoint.NotFound("invoice_not_found", "the workspace has no such invoice"),
			endpoint.NotFound("credit_note_not_found", "the workspace has no such credit note")),
	}, usage.Model, getMemberPayments),
}

// dateParameter must be given, as a date that exists.
func dateParameter(name, text, example string) endpoint.Parameter {
	exists := func(text string) bool {
		date, err := period.ParseDate(text)
		return err == nil && date.Year >= 1970 && date.Year <= 2200
	}
	return endpoint.Parameter{
		Name: name, Text: text, Pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Valid: exists,
		Must: "a date that exists, of the years 1970 to 2200, such as 2026-01-31", Example: example,
	}
}
