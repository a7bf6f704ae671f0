package invoices

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

var paperRoutes = []endpoint.Route{
	paperRoute("print", "text/html", "Print an invoice as a page", printPage),
	paperRoute("pdf", "application/pdf", "Print an invoice as a PDF", printPDF),
	notePaperRoute("print", "text/html", "Print a credit note as a page", printPage),
	notePaperRoute("pdf", "application/pdf", "Print a credit note as a PDF", printPDF),
}

func paperRoute(form, contentType, summary string, render func(paper.Sheet, http.Header) ([]byte, error)) endpoint.Route {
	return endpoint.RenderQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/invoices/{invoice}/" + form, ID: form + "-invoice", Tag: tag, Roles: endpoint.RolesReading,
		Summary: summary, AnswerAs: contentType, Versioned: true, Recorded: endpoint.RecordsAll, Refusals: noInvoice,
		Text: "With the seller as it was when the invoice was issued, how and until when to pay, payments and credit notes. What is void or " +
			"not issued yet says so in large letters.",
	}, projections.Invoices, readInvoicePaper, render)
}

func notePaperRoute(form, contentType, summary string, render func(paper.Sheet, http.Header) ([]byte, error)) endpoint.Route {
	return endpoint.RenderQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/credit-notes/{credit_note}/" + form, ID: form + "-credit-note", Tag: tag, Roles: endpoint.RolesReading,
		Summary: summary, AnswerAs: contentType, Recorded: endpoint.RecordsAll,
		Refusals: noCreditNote,
		Text:     "With the seller as it was when the credit note was issued, and what its total was used for.",
	}, projections.Invoices, readCreditNotePaper, render)
}
