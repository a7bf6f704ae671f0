package finance

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// described says what each report is.
var described = map[string]struct{ summary, text string }{
	finance.Journal:               {"List the journal", "Each entry with its postings, in the order of positions. An entry has the civil date of what it books in the time zone of the books."},
	finance.GeneralLedger:         {"Get the general ledger", "Each account's postings with the running balance, from an opening row."},
	finance.IncomeStatement:       {"Get the income statement", "What was earned and spent between two days, income positive."},
	finance.BalanceSheet:          {"Get the balance sheet", "Assets, liabilities and equity; the result of all periods is equity."},
	finance.Receivables:           {"Get the aged receivables", "What is outstanding of each invoice, and for how long it is overdue."},
	finance.DeferredRevenue:       {"Get the roll-forward of deferred revenue", "Opening, plus what was billed, less what was recognised, credited and written off, is closing; of lines that lower others, too. With view=waterfall: in which months what was booked in a month was recognised, and in which the rest will be."},
	finance.InvoiceRegister:       {"Get the register of invoices", "The invoices issued between two days, as the events up to the cut leave them."},
	finance.CreditNoteRegister:    {"Get the register of credit notes", "The credit notes issued between two days."},
	finance.MRR:                   {"Get the monthly recurring revenue", "Month by month, what active, past_due and restricted subscriptions bring a month, before tax and after coupons that are not for once. Opening and the movements are closing. With view=movements: each movement."},
	finance.TaxSummary:            {"Get the tax summary", "What was taxed at each rate, and what of that was taken back, by the country of the billing details as the invoice was issued, or else of the first ones after. It is empty where there were none, or they were erased."},
	finance.PaymentReconciliation: {"Get the reconciliation of payments", "Each charge of a gateway that succeeded, and money that was recorded by hand, by its day. Net is the amount less the fee, with those of disputes. Disputed is what disputes that are not won hold or took, and what a bank took back; in transit what is not in the bank on the date. The net of what is settled, less refunded and disputed, is cash."},
	finance.TrialBalance:          {"Get the trial balance", "What was debited and credited of each account, and the balance of both, debits positive."},
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

// parameterView asks for another view of a report.
const parameterView = "view"

// views name the other view that a report has, and the report that it is.
var views = map[string]struct{ name, report string }{
	finance.DeferredRevenue: {"waterfall", finance.DeferredWaterfall},
	finance.MRR:             {"movements", finance.MRRMovements},
}

func viewParameter(name string) endpoint.Parameter {
	return endpoint.Parameter{
		Name: parameterView, Text: "Another view of the same.", Pattern: "^(" + name + ")?$", Must: name,
		Valid: func(text string) bool { return text == "" || text == name },
	}
}

// reportRoutes makes a route for each report.
func reportRoutes() (routes []endpoint.Route) {
	for _, r := range finance.Reports {
		if r.Name == finance.DeferredWaterfall || r.Name == finance.MRRMovements {
			continue // these are views of others
		}
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
			routes = append(routes, endpoint.FormsQuery(route, finance.Model, showJournal, formsOf(r, one(r))...))
			continue
		}
		pick := one(r)
		if view, some := views[r.Name]; some {
			pick = viewed(r, view.name, view.report)
			route.Parameters = append(route.Parameters, viewParameter(view.name))
		}
		routes = append(routes, endpoint.FormsQuery(route, finance.Model, show(pick), formsOf(r, pick)...))
	}
	return routes
}

func taken(r finance.Report) []endpoint.Parameter {
	all := []endpoint.Parameter{endpoint.ParameterAsOf}
	takes := r.Takes
	if r.Name == finance.DeferredRevenue {
		takes = append(slices.Clone(takes), finance.TakesDate) // of its other view
	}
	for _, name := range takes {
		all = append(all, parameters[name])
	}
	return all
}

func parseInteger(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }
