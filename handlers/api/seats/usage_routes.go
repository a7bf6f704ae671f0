package seats

import (
	"net/http"

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
		Text: "Each line, less its discount and before tax, is shared out by the seat-days of its period, to the minor unit by largest " +
			"remainder and among equals by name. Shares and unassigned add up exactly to the invoice's subtotal less its discount, as it " +
			"was billed. A seat kept for an invitation is nobody's, and guests cost nothing.",
		Parameters: []endpoint.Parameter{endpoint.NameParameter(
			"invoice", "The id of an invoice of the workspace.", "the id of an invoice", "01980b5c-4a1f-7c3e-9d2a-5b6f7a8c9d0e")},
		Refusals: endpoint.NotFound("invoice_not_found", "the workspace has no such invoice"),
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
