package api

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

const (
	typeHTML = "text/html"
	typePDF  = "application/pdf"
)

func paperRoute(form, contentType, summary string, handle func(*Server, *call) error) route {
	return route{
		method: http.MethodGet, path: "/v1/invoices/{invoice}/" + form, id: form + "-invoice", tag: tagInvoices, roles: roleReaders,
		summary: summary, status: http.StatusOK, answerAs: contentType, versioned: true, positioned: true, kind: kindQuery,
		refusals: []refusal{noInvoice}, handle: handle,
		text: "With its credit notes. What is void or not issued yet says so in large letters.",
	}
}

func paperRoutes() []route {
	return []route{
		paperRoute("print", typeHTML, "An invoice as a page that prints", (*Server).printInvoice),
		paperRoute("pdf", typePDF, "An invoice as a PDF", (*Server).pdfOfInvoice),
	}
}

// pagePolicy lets the page have its own style and nothing else.
var pagePolicy = "default-src 'none'; style-src '" + paper.StyleHash() + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) printInvoice(c *call) error {
	found, err := look(s, c, s.readModel(projections.Invoices), readPaper)
	if err != nil {
		return err
	}
	page, err := paper.HTML(found)
	if err != nil {
		return err
	}
	header := c.http.Response().Header()
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Referrer-Policy", "no-referrer")
	return c.send(c.route.status, typeHTML+"; charset=utf-8", page)
}

func (s *Server) pdfOfInvoice(c *call) error {
	found, err := look(s, c, s.readModel(projections.Invoices), readPaper)
	if err != nil {
		return err
	}
	file, err := paper.PDF(found)
	if err != nil {
		return err
	}
	name := found.Number
	if name == "" {
		name = found.ID
	}
	c.http.Response().Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	return c.send(c.route.status, typePDF, file)
}

// creditNotesMax bounds those that a paper lists, which is far more than an invoice ever gets.
const creditNotesMax = 1_000

func readPaper(ctx context.Context, tx pgx.Tx, c *call) (paper.Invoice, int64, error) {
	found, err := findInvoice(ctx, tx, c)
	if err != nil {
		return paper.Invoice{}, 0, err
	}
	notes, err := projections.ListCreditNotes(ctx, tx, c.ledger.ID, projections.CreditNoteFilter{Invoice: found.State.ID}, 0, creditNotesMax)
	if err != nil {
		return paper.Invoice{}, 0, err
	}
	written, err := writeOut(c.ledger.Name, found.State, notes)
	if err != nil {
		return paper.Invoice{}, 0, err
	}
	written.Customer, err = findCustomer(ctx, tx, c, found.State)
	return written, found.Version, err
}

// findCustomer gives the billing details that were in force when the invoice was issued, or else the present ones: details
// that came late are better than none. What was erased is on no paper any more.
func findCustomer(ctx context.Context, tx pgx.Tx, c *call, s invoice.State) (paper.Customer, error) {
	var found projections.Details
	var ok bool
	var err error
	if s.IssuedAt != nil {
		found, ok, err = projections.FindBillingDetails(ctx, tx, c.ledger.ID, s.Workspace, *s.IssuedAt)
	}
	if err == nil && !ok {
		found, ok, err = projections.FindDetails(ctx, tx, c.ledger.ID, details.BillingStream(s.Workspace))
	}
	if err != nil || !ok {
		return paper.Customer{}, err
	}
	return paper.Customer{
		Name: found.Name, Email: found.Email, Address: found.Address, TaxID: found.TaxID, Country: found.Country,
	}, nil
}

// writeOut is an invoice as it goes on paper.
func writeOut(seller string, s invoice.State, notes []projections.CreditNote) (paper.Invoice, error) {
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return paper.Invoice{}, err
	}
	written := paper.Invoice{
		ID: s.ID, Number: s.Number, Status: paperStatus(s.Status), Seller: seller, Workspace: s.Workspace, Issued: s.IssuedAt,
		Due: s.DueAt, Period: s.Period, Zone: zone, Subtotal: s.Bill.Subtotal, Discount: s.Bill.Discount, Total: s.Bill.Total,
		CreditApplied: s.CreditApplied, AmountDue: s.AmountDue(), Paid: s.AmountPaid, Reduced: s.Reduced, Outstanding: s.Outstanding(),
	}
	for _, l := range s.Bill.Lines {
		written.Lines = append(written.Lines, paper.Line{
			Description: l.Description, Period: l.Period, Quantity: l.Quantity, Ratio: l.Ratio, Amount: l.Amount, Discount: l.Discount,
			Net: l.Net(), Tax: l.Tax, TaxRate: l.TaxRate, TaxIncluded: l.TaxBehavior == pricing.TaxBehaviorInclusive,
		})
	}
	for _, n := range notes {
		written.CreditNotes = append(written.CreditNotes, paper.CreditNote{
			Number: n.Note.Number, Issued: n.Note.IssuedAt, Reason: n.Note.Reason, Total: n.Note.Total, Reduced: n.Note.Reduced,
			Credit: n.Note.Credit, Refund: n.Note.Refund,
		})
	}
	return written, nil
}

// paperStatus takes an invoice that waits for money for a draft, since it has no number and nothing is owed by it.
func paperStatus(s invoice.Status) paper.Status {
	switch s {
	case invoice.StatusFinalized:
		return paper.StatusIssued
	case invoice.StatusVoided:
		return paper.StatusVoid
	}
	return paper.StatusDraft
}
