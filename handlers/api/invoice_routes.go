package api

import (
	"net/http"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/command"
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

var recordPaymentRoute = route{
	method: http.MethodPost, path: "/v1/invoices/{invoice}/record-payment", id: "record-payment", tag: tagInvoices, roles: roleMoney,
	summary: "Record money received outside", status: http.StatusOK,
	text: "An open invoice that is paid in full is issued, and what waited for it happens, all at once. What is more than due, or " +
		"comes after what waited has expired, becomes the workspace's credit.",
	example: map[string]any{"amount": map[string]any{"amount": "12.00", "currency": "USD"}, "reference": "wire 4711"},
	refusals: append([]refusal{
		noInvoice, tooFarBehind,
		{http.StatusConflict, "invoice_paid", "all of it is paid already"},
		{http.StatusConflict, "nothing_due", "nothing is to be paid"},
	}, invalid("amount_invalid", "currency_mismatch", "reference_invalid", "paid_at_invalid")...),
}

func invoiceRoutes() []route {
	return []route{
		commandRoute(recordPaymentRoute, func(c *call, b recordPaymentBody) command.Command[command.Invoice] {
			amount, err := b.Amount.amount()
			if err != nil {
				return command.Refuse[command.Invoice](invoice.Stream(c.names[nameInvoice]), err)
			}
			return command.RecordPayment(c.names[nameInvoice], invoice.RecordPayment{Amount: amount, Reference: b.Reference, PaidAt: b.PaidAt})
		}, func(r command.Invoice) invoiceView { return viewInvoice(r.State, r.Now) }),
		queryRoute(listInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getInvoiceRoute, projections.Invoices, getInvoice),
		queryRoute(listWorkspaceInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getBalanceRoute, projections.Invoices, getBalance),
	}
}
