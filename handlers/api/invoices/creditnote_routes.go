package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var noCreditNote = endpoint.NotFound("credit_note_not_found", "the ledger has no such credit note")

var creditNoteRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/credit-notes", ID: "issue-credit-note", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Issue a credit note", Status: http.StatusCreated,
		Text: "Takes a part of the invoice back, by an amount with tax, or by lines. First it lowers what is to be paid or was written off, of " +
			"this invoice and then of those that its credit lines are of, and so on back; what was paid becomes the workspace's credit, or " +
			"goes back with refund, as far as it was paid in money. Credit notes are more than the invoice's total only where that has " +
			"credit lines, and all credits of a line, by credit notes and by the credit lines of later invoices, never more than the line. " +
			"The ETag is the invoice's.",
		Example: map[string]any{"amount": map[string]any{"amount": "1.20", "currency": "USD"}, "reason": "two days of outage"},
		Refusals: slices.Concat(noInvoice, view.TooFarBehind, view.AmountOutOfRange, notIssued, invoiceVoided,
			endpoint.Conflict("nothing_to_credit", "nothing of it is left to be credited"),
			endpoint.Conflict("credit_exceeds_invoice", "it is more than can be credited; with creditable"),
			endpoint.Invalid("reason_invalid", "amount_or_lines", "amount_invalid", "currency_mismatch", "line_not_found", "line_repeated",
				"credit_exceeds_line")),
	}, issueCreditNote, viewIssued),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/credit-notes", ID: "list-credit-notes", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List credit notes", Text: "In the order in which they were issued.",
		Parameters: endpoint.ListParameters(
			filterWorkspace,
			endpoint.NameFilter("invoice", "Only those on this invoice.", "the id of an invoice"),
		),
	}, projections.Invoices, listCreditNotes),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/credit-notes/{credit_note}", ID: "get-credit-note", Tag: tag, Roles: endpoint.RolesReading,
		Summary:  "Get a credit note",
		Refusals: noCreditNote,
	}, projections.Invoices, getCreditNote),
}
