package invoices

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

var tagLinks = endpoint.Tag{Name: "Links", Text: "Documents for people who have a link to them. No key is needed: the address is the credential, and expires."}

// Paths of the pages. That of the PDF is below that of the page.
const (
	invoicePage    = "/documents/invoices/{link}"
	creditNotePage = "/documents/credit-notes/{link}"
	pdfPage        = "/pdf"
)

const linkText = "Makes an address that opens the document's page and its PDF in a browser, without any credential, until it expires. " +
	"Nothing is written: each time there is another one, and none can be taken back but by `tallystick ledger rotate-secret`."

var linkRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/link", ID: "link-invoice", Tag: tag, Roles: rolesLink,
		Summary: "Make a link to an invoice", Text: linkText, Example: map[string]any{},
		Refusals: slices.Concat(noInvoice, endpoint.Invalid("expires_at_invalid")),
	}, linkInvoice, viewLink),
	endpoint.FoundCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/credit-notes/{credit_note}/link", ID: "link-credit-note", Tag: tag, Roles: rolesLink,
		Summary: "Make a link to a credit note", Text: linkText, Example: map[string]any{}, Needs: "a credit note",
		Refusals: slices.Concat(noCreditNote, endpoint.Invalid("expires_at_invalid")),
	}, projections.Invoices, func(linkBody) endpoint.Reading[projections.CreditNote] { return findCreditNote }, linkCreditNote, viewLink),
	linkPage(invoicePage, "invoice", "text/html", "Show an invoice to people", readInvoicePaper, printPage),
	linkPage(invoicePage+pdfPage, "invoice-pdf", "application/pdf", "Show an invoice to people as a PDF", readInvoicePaper, printPDF),
	linkPage(creditNotePage, "credit-note", "text/html", "Show a credit note to people", readCreditNotePaper, printPage),
	linkPage(creditNotePage+pdfPage, "credit-note-pdf", "application/pdf", "Show a credit note to people as a PDF", readCreditNotePaper, printPDF),
}

// rolesLink may hand documents out: whoever sells to the customer, or bills.
var rolesLink = []endpoint.Role{endpoint.RoleClient, endpoint.RoleFinance, endpoint.RoleAdmin}

func linkPage(
	path, id, contentType, summary string, read endpoint.Reading[paper.Sheet], render endpoint.Rendering[paper.Sheet],
) endpoint.Route {
	place := "invoice"
	if strings.HasPrefix(path, creditNotePage) {
		place = "credit_note"
	}
	return endpoint.LinkPage(endpoint.Route{
		Method: http.MethodGet, Path: path, ID: "show-linked-" + id, Tag: tagLinks, Summary: summary, AnswerAs: contentType, Recorded: endpoint.RecordsAll,
		Text: "For whoever has the link, until it expires.",
	}, place, projections.Invoices, read, render)
}
