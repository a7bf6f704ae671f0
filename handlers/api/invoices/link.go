package invoices

import (
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// linkBody is the body of POST /v1/invoices/{invoice}/link.
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

// linkTo gives the plan of a link to the document at a place of the path: plan tells until when it opens it.
func linkTo(place, page, pdf string, plan func(id string, expires *time.Time) command.Command[time.Time]) func(*endpoint.Call, linkBody) command.Command[linkView] {
	return func(c *endpoint.Call, b linkBody) command.Command[linkView] {
		asked := plan(c.Name(place), b.ExpiresAt)
		return command.Command[linkView]{
			Resource: asked.Resource, Reads: asked.Reads, Writes: asked.Writes,
			Decide: func(d *eventstore.Decision) (linkView, error) {
				until, err := asked.Decide(d)
				link := endpoint.Link{Place: place, ID: c.Name(place), ExpiresAt: until}
				return linkView{URL: c.LinkURL(page, link), PDFURL: c.LinkURL(pdf, link), ExpiresAt: until.UTC()}, err
			},
		}
	}
}
