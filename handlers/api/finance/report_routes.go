package finance

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// described says what each report is.
var described = map[string]struct{ summary, text string }{
	finance.Journal:      {"List the journal", "Each entry with its postings, in the order of positions. An entry has the civil date of what it books in the time zone of the books."},
	finance.TrialBalance: {"Get the trial balance", "What was debited and credited of each account, and the balance of both, debits positive."},
}

// parameters describe what reports take.
var parameters = map[string]endpoint.Parameter{
	finance.TakesFrom:      dayParameter(finance.TakesFrom, "Only what is dated on or after this day."),
	finance.TakesTo:        dayParameter(finance.TakesTo, "Only what is dated before this day."),
	finance.TakesDate:      dayParameter(finance.TakesDate, "Only what is dated up to this day; today when it is not given."),
	finance.TakesAccount:   accountFilter(),
	finance.TakesWorkspace: endpoint.NameFilter(finance.TakesWorkspace, "Only what is of this workspace.", "a workspace"),
	finance.TakesInvoice:   endpoint.NameFilter(finance.TakesInvoice, "Only what is of this invoice.", "the id of an invoice"),
}

// dayParameter takes a civil date, and nothing for none.
func dayParameter(name, text string) endpoint.Parameter {
	return endpoint.Parameter{
		Name: name, Text: text, Pattern: "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", Must: "a date, such as 2026-01-31",
		Valid: func(text string) bool {
			_, err := journal.ParseDay(text)
			return text == "" || err == nil
		},
	}
}

// accountFilter takes the code of an account.
func accountFilter() endpoint.Parameter {
	p := endpoint.Parameter{
		Name: finance.TakesAccount, Text: "Only what is of this account.", Pattern: "^([0-9]{4})?$", Must: "the code of an account, such as 1100",
		Valid: func(text string) bool { return text == "" || len(text) == 4 && strings.Trim(text, "0123456789") == "" },
		Fits:  func(value, text string) bool { return value == text },
	}
	for _, line := range journal.Chart {
		p.Values = append(p.Values, string(line.Code))
	}
	return p
}

// reportRoutes makes a route for each report.
func reportRoutes() (routes []endpoint.Route) {
	for _, r := range finance.Reports {
		about := described[r.Name]
		var columns []string
		for _, column := range r.Columns {
			columns = append(columns, column.Name)
		}
		route := endpoint.Route{
			Method: http.MethodGet, Path: "/v1/finance/" + r.Name, ID: "report-" + r.Name, Tag: tag, Roles: endpoint.RolesReading,
			Summary: about.summary, Text: about.text + " The columns are " + strings.Join(columns, ", ") + ". In a form other than JSON it has all rows.",
			Refusals: endpoint.RefusalsAsOf, Parameters: endpoint.ListParameters(taken(r)...),
		}
		if r.Name == finance.Journal {
			routes = append(routes, endpoint.FormsQuery(route, finance.Model, showJournal, formsOf(r)...))
			continue
		}
		routes = append(routes, endpoint.FormsQuery(route, finance.Model, show(r), formsOf(r)...))
	}
	return routes
}

func taken(r finance.Report) []endpoint.Parameter {
	all := []endpoint.Parameter{endpoint.ParameterAsOf}
	for _, name := range r.Takes {
		all = append(all, parameters[name])
	}
	return all
}

func parseInteger(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }
