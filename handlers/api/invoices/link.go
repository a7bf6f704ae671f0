package invoices

import (
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// linkBody is the body of POST /v1/invoices/{invoice}/link and /v1/credit-notes/{credit_note}/link.
type linkBody struct {
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"In the future by the ledger's clock; in 30 days when it is not given."`
}

// linkView shows a link.
type linkView struct {
	URL       string    `json:"url" doc:"Of the page. Whoever has it sees the document, without any other credential."`
	PDFURL    string    `json:"pdf_url" doc:"Of the same document as a PDF."`
	ExpiresAt time.Time `json:"expires_at"`
}

func viewLink(l linkView) linkView { return l }

func linkInvoice(c *endpoint.Call, b linkBody) command.Command[linkView] {
	id := c.Name("invoice")
	return linkTo(c, endpoint.Link{Place: "invoice", ID: id}, invoicePage, command.LinkInvoice(id, b.ExpiresAt))
}

func linkCreditNote(c *endpoint.Call, b linkBody, found projections.CreditNote) command.Command[linkView] {
	link := endpoint.Link{Place: "credit_note", ID: found.Note.CreditNote}
	return linkTo(c, link, creditNotePage, command.LinkInvoice(found.Note.ID, b.ExpiresAt))
}

// linkTo completes a link by the end that a plan decides.
func linkTo(c *endpoint.Call, link endpoint.Link, page string, until command.Command[time.Time]) command.Command[linkView] {
	return command.Command[linkView]{
		Resource: until.Resource, Reads: until.Reads, Writes: until.Writes,
		Decide: func(d *eventstore.Decision) (linkView, error) {
			link := link
			var err error
			link.ExpiresAt, err = until.Decide(d)
			return linkView{URL: c.LinkURL(page, link), PDFURL: c.LinkURL(page+pdfPage, link), ExpiresAt: link.ExpiresAt.UTC()}, err
		},
	}
}
