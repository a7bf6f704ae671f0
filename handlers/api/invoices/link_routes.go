package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

var tagLinks = endpoint.Tag{Name: "Links", Text: "Documents for people who have a link to them. No key is needed: the address is the credential, and expires."}

const (
	invoicePage = "/documents/invoices/{link}"
	invoicePDF  = invoicePage + "/pdf"
)

const linkText = "Makes an address that opens the document's page and its PDF in a browser, without any credential, until it expires. " +
	"Nothing is written: each time there is another one, and none can be taken back but by `tallystick ledger rotate-secret`."

var linkRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/link", ID: "link-invoice", Tag: tag, Roles: rolesLink,
		Summary: "Make a link to an invoice", Text: linkText,
		Refusals: slices.Concat(noInvoice, endpoint.Invalid("expires_at_invalid")),
	}, linkTo("invoice", invoicePage, invoicePDF, command.LinkInvoice), viewLink),
	invoiceLinkPage(invoicePage, "show-linked-invoice", "text/html", "Show an invoice to people", printPage),
	invoiceLinkPage(invoicePDF, "show-linked-invoice-pdf", "application/pdf", "Show an invoice to people as a PDF", printPDF),
}

// rolesLink may hand documents out: whoever sells to the customer, or bills.
var rolesLink = []endpoint.Role{endpoint.RoleClient, endpoint.RoleFinance, endpoint.RoleAdmin}

func invoiceLinkPage(path, id, contentType, summary string, render endpoint.Rendering[paper.Sheet]) endpoint.Route {
	return endpoint.LinkPage(endpoint.Route{
		Method: http.MethodGet, Path: path, ID: id, Tag: tagLinks, Summary: summary, AnswerAs: contentType,
	}, "invoice", projections.Invoices, readInvoicePaper, render)
}
