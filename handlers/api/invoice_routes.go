package api

import (
	"net/http"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

var noInvoice = refusal{http.StatusNotFound, "invoice_not_found", "the ledger has no such invoice"}

var (
	notIssued     = refusal{http.StatusConflict, "invoice_not_finalized", "it waits for money and is not issued yet"}
	invoiceVoided = refusal{http.StatusConflict, "invoice_voided", "it is void"}
)

var invoiceFilters = []parameter{
	{name: "status", text: "Only those of this status.", pattern: "^[a-z_]{0,32}$", valid: filterWord, must: "a status, such as finalized"},
	{name: "payment_status", text: "Only those of this payment status.", pattern: "^[a-z_]{0,32}$", valid: filterWord, must: "a payment status, such as pending"},
	{
		name: "overdue", text: "Only those that are overdue now, or with false only the others.", boolean: true,
		valid: parameterDryRun.valid, must: parameterDryRun.must,
	},
}

var getInvoiceRoute = route{
	method: http.MethodGet, path: "/v1/invoices/{invoice}", id: "get-invoice", tag: tagInvoices, roles: roleReaders,
	summary: "An invoice", status: http.StatusOK, versioned: true, refusals: []refusal{noInvoice},
}

var listInvoicesRoute = route{
	method: http.MethodGet, path: "/v1/invoices", id: "list-invoices", tag: tagInvoices, roles: roleReaders,
	summary: "List invoices", text: "In the order in which they were made.", status: http.StatusOK,
	parameters: listParameters(append([]parameter{
		{name: "workspace", text: "Only those of this workspace.", pattern: filterPattern, valid: filterName, must: "the name of a workspace"},
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

var voidInvoiceRoute = route{
	method: http.MethodPost, path: "/v1/invoices/{invoice}/void", id: "void-invoice", tag: tagInvoices, roles: roleMoney,
	summary: "Take an invoice back that nothing was paid of", status: http.StatusOK,
	text: "Its number stays, and what it billed is charged no more. Of an open invoice, what waits for it does not happen: a " +
		"subscription that waits for its first payment is canceled, and what was paid so far becomes credit. Credit that was applied " +
		"comes back. An invoice that credit was given for, or that has or had lines credited, stays: credit notes take it back.",
	example: map[string]any{"reason": "billed twice"},
	refusals: append([]refusal{
		noInvoice, tooFarBehind, invoiceVoided,
		{http.StatusConflict, "invoice_paid", "money was paid; a credit note takes it back"},
		{http.StatusConflict, "invoice_credited", "credit was given for it or by it, which can't be taken back"},
	}, invalid("reason_invalid")...),
}

var writeOffRoute = route{
	method: http.MethodPost, path: "/v1/invoices/{invoice}/write-off", id: "write-off-invoice", tag: tagInvoices, roles: roleMoney,
	summary: "Give up what is to be paid", status: http.StatusOK,
	text:    "It is uncollectible then, and may still be paid. No later change credits what nobody paid for.",
	example: map[string]any{"reason": "insolvent"},
	refusals: append([]refusal{
		noInvoice, tooFarBehind, notIssued, invoiceVoided,
		{http.StatusConflict, "nothing_due", "nothing is expected to be paid any more"},
	}, invalid("reason_invalid")...),
}

func viewInvoiceResult(r command.Invoice) invoiceView { return viewInvoice(r.State, r.Now) }

func invoiceRoutes() []route {
	return []route{
		commandRoute(recordPaymentRoute, func(c *call, b recordPaymentBody) command.Command[command.Invoice] {
			amount, err := b.Amount.amount("/amount")
			if err != nil {
				return command.Refuse[command.Invoice](invoice.Stream(c.names[nameInvoice]), err)
			}
			return command.RecordPayment(c.names[nameInvoice], invoice.RecordPayment{Amount: amount, Reference: b.Reference, PaidAt: b.PaidAt})
		}, viewInvoiceResult),
		commandRoute(voidInvoiceRoute, func(c *call, b reasonBody) command.Command[command.Invoice] {
			return command.VoidInvoice(c.names[nameInvoice], b.reason())
		}, viewInvoiceResult),
		commandRoute(writeOffRoute, func(c *call, b reasonBody) command.Command[command.Invoice] {
			return command.WriteOff(c.names[nameInvoice], invoice.WriteOff{Reason: b.reason()})
		}, viewInvoiceResult),
		queryRoute(listInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getInvoiceRoute, projections.Invoices, getInvoice),
		queryRoute(listWorkspaceInvoicesRoute, projections.Invoices, listInvoices),
		queryRoute(getBalanceRoute, projections.Invoices, getBalance),
	}
}
