package invoices

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

var paperRoutes = []endpoint.Route{
	paperRoute("print", "text/html", "Print an invoice as a page", printInvoice),
	paperRoute("pdf", "application/pdf", "Print an invoice as a PDF", writePDF),
}

func paperRoute(form, contentType, summary string, render func(paper.Invoice, http.Header) ([]byte, error)) endpoint.Route {
	return endpoint.RenderQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/invoices/{invoice}/" + form, ID: form + "-invoice", Tag: tag, Roles: endpoint.RolesReading,
		Summary: summary, AnswerAs: contentType, Versioned: true, Refusals: noInvoice,
		Text: "With its credit notes. What is void or not issued yet says so in large letters.",
	}, projections.Invoices, readPaper, render)
}
