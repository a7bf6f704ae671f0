package api

import (
	"net/http"

	"github.com/tallystick/tallystick/projections"
)

var noInvoice = refusal{http.StatusNotFound, "invoice_not_found", "the ledger has no such invoice"}

var invoiceFilters = []parameter{
	{name: "status", text: "Only those of this status.", pattern: "^[a-z_]{0,32}$", valid: filterWord},
	{name: "payment_status", text: "Only those of this payment status.", pattern: "^[a-z_]{0,32}$", valid: filterWord},
	{name: "overdue", text: "Only those that are overdue now, or with false only the others.", boolean: true, valid: parameterDryRun.valid},
}

var getInvoiceRoute = route{
	method: http.MethodGet, path: "/v1/invoices/{invoice}", id: "get-invoice", tag: tagInvoices, roles: roleReaders,
	summary: "An invoice", status: http.StatusOK, versioned: true, refusals: []refusal{noInvoice},
}

var listInvoicesRoute = route{
	method: http.MethodGet, path: "/v1/invoices", id: "list-invoices", tag: tagInvoices, roles: roleReaders,
	summary: "List invoices", text: "In the order in which they were made.", status: http.StatusOK,
	parameters: listParameters(append([]parameter{
		{name: "workspace", text: "Only those of this workspace.", pattern: "^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$", valid: filterName},
	}, invoiceFilters...)...),
}

var listWorkspaceInvoicesRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/invoices", id: "list-workspace-invoices", tag: tagInvoices,
	roles: everyRole, summary: "List a workspace's invoices", text: "In the order in which they were made.", status: http.StatusOK,
	parameters: listParameters(append([]parameter{}, invoiceFilters...)...),
}

var getBalanceRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/balance", id: "get-balance", tag: tagInvoices, roles: everyRole,
	summary: "What a workspace has to pay, and its credit", status: http.StatusOK,
}

func invoiceRoutes() []route {
	return []route{
		queryRoute(listInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getInvoiceRoute, projections.Invoices, getInvoice),
		queryRoute(listWorkspaceInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getBalanceRoute, projections.Invoices, getBalance),
	}
}
