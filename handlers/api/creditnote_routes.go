package api

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

var issueCreditNoteRoute = route{
	method: http.MethodPost, path: "/v1/invoices/{invoice}/credit-notes", id: "issue-credit-note", tag: tagInvoices, roles: roleMoney,
	summary: "Take a part of an invoice back", status: http.StatusCreated,
	text: "By an amount with tax, or by lines. First it makes what is to be paid less; what was paid becomes the workspace's credit, or " +
		"goes back with refund, as far as it was paid. Credit notes are never more than the invoice's total, and all credits of a line, " +
		"by credit notes and by the credit lines of later invoices, never more than the line. The ETag is the invoice's.",
	example: map[string]any{"amount": map[string]any{"amount": "1.20", "currency": "USD"}, "reason": "two days of outage"},
	refusals: append([]refusal{
		noInvoice, tooFarBehind, notIssued, invoiceVoided,
		{http.StatusConflict, "nothing_to_credit", "nothing of it is left to be credited"},
		{http.StatusConflict, "credit_exceeds_invoice", "it is more than can be credited; with creditable"},
	}, invalid("reason_invalid", "amount_or_lines", "amount_invalid", "currency_mismatch", "line_not_found", "line_repeated",
		"credit_exceeds_line")...),
}

var getCreditNoteRoute = route{
	method: http.MethodGet, path: "/v1/credit-notes/{credit_note}", id: "get-credit-note", tag: tagInvoices, roles: roleReaders,
	summary: "A credit note", status: http.StatusOK,
	refusals: []refusal{{http.StatusNotFound, "credit_note_not_found", "the ledger has no such credit note"}},
}

var listCreditNotesRoute = route{
	method: http.MethodGet, path: "/v1/credit-notes", id: "list-credit-notes", tag: tagInvoices, roles: roleReaders,
	summary: "List credit notes", text: "In the order in which they were issued.", status: http.StatusOK,
	parameters: listParameters(
		parameter{name: "workspace", text: "Only those of this workspace.", pattern: filterPattern, valid: filterName, must: "the name of a workspace"},
		parameter{name: "invoice", text: "Only those on this invoice.", pattern: filterPattern, valid: filterName, must: "the id of an invoice"},
	),
}

func creditNoteRoutes() []route {
	return []route{
		commandRoute(issueCreditNoteRoute, issueCreditNote, func(n command.CreditNote) creditNoteView {
			return viewCreditNote(n.Workspace, n.Note)
		}),
		queryRoute(listCreditNotesRoute, projections.Invoices, listCreditNotes),
		queryRoute(getCreditNoteRoute, projections.Invoices, getCreditNote),
	}
}
