package api

import (
	"net/http"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/projections/usage"
)

// Parameters of days and of an invoice.
var (
	parameterFrom    = dateParameter("from", "The first day.", "2026-01-01")
	parameterTo      = dateParameter("to", "The day behind the last one, at most 400 days after from.", "2026-02-01")
	parameterInvoice = parameter{
		name: "invoice", text: "The id of an invoice of the workspace.", pattern: namePattern, valid: domain.ValidName,
		must: "the id of an invoice", example: "01980b5c-4a1f-7c3e-9d2a-5b6f7a8c9d0e",
	}
)

// dateParameter must be given, as a date that exists.
func dateParameter(name, text, example string) parameter {
	exists := func(text string) bool {
		_, err := period.ParseDate(text)
		return err == nil
	}
	return parameter{
		name: name, text: text, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", valid: exists,
		must: "a date that exists, such as 2026-01-31", example: example,
	}
}

var getUsageRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/seats/usage", id: "get-seat-usage", tag: tagSeats, roles: everyRole,
	summary: "A workspace's seats day by day", status: http.StatusOK, parameters: []parameter{parameterFrom, parameterTo},
	text: "A day counts as it ends, because the day of a change belongs to what comes after: a seat given on the 11th of a month of " +
		"31 days makes 21 seat-days, and one taken back on the 17th made 16.",
}

var getMemberPaymentsRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/member-payments", id: "get-member-payments", tag: tagSeats,
	roles: everyRole, summary: "What each member's seat costs of an invoice", status: http.StatusOK,
	parameters: []parameter{parameterInvoice},
	text: "Each line, less its discount and before tax, is shared out by the seat-days of its period, to the minor unit by largest " +
		"remainder and among equals by name. Shares and unassigned add up exactly to the invoice's subtotal less its discount, as it " +
		"was billed. A seat kept for an invitation is nobody's, and guests cost nothing.",
	refusals: []refusal{{http.StatusNotFound, "invoice_not_found", "the workspace has no such invoice"}},
}

func usageRoutes() []route {
	return []route{
		queryRoute(getUsageRoute, usage.Model, getUsage),
		queryRoute(getMemberPaymentsRoute, usage.Model, getMemberPayments),
	}
}
