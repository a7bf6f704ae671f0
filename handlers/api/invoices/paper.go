package invoices

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

// pagePolicy lets the page have its own style and nothing else.
var pagePolicy = "default-src 'none'; style-src '" + paper.StyleHash() + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func printInvoice(i paper.Invoice, header http.Header) ([]byte, error) {
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Referrer-Policy", "no-referrer")
	return paper.HTML(i)
}

func writePDF(i paper.Invoice, header http.Header) ([]byte, error) {
	name := i.Number
	if name == "" {
		name = i.ID
	}
	header.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	return paper.PDF(i)
}

// creditNotesMax bounds the credit notes that a paper lists. It is far more than an invoice ever gets.
const creditNotesMax = 1_000

func readPaper(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (paper.Invoice, error) {
	found, err := findInvoice(ctx, tx, c)
	if err != nil {
		return paper.Invoice{}, err
	}
	notes, err := projections.ListCreditNotes(ctx, tx, c.Ledger.ID, projections.CreditNoteFilter{Invoice: found.State.ID}, 0, creditNotesMax)
	if err != nil {
		return paper.Invoice{}, err
	}
	written, err := writeOut(c.Ledger.Name, found.State, notes)
	if err != nil {
		return paper.Invoice{}, err
	}
	written.Customer, err = findCustomer(ctx, tx, c, found.State)
	return written, err
}

// findCustomer gives the billing details that were in force when the invoice was issued, or else the present ones: details
// that came late are better than none. What was erased is on no paper any more.
func findCustomer(ctx context.Context, tx pgx.Tx, c *endpoint.Call, s invoice.State) (paper.Customer, error) {
	var found projections.Details
	var ok bool
	var err error
	if s.IssuedAt != nil {
		found, ok, err = projections.FindBillingDetails(ctx, tx, c.Ledger.ID, s.Workspace, *s.IssuedAt)
	}
	if err == nil && !ok {
		found, ok, err = projections.FindDetails(ctx, tx, c.Ledger.ID, details.BillingStream(s.Workspace))
	}
	if err != nil || !ok {
		return paper.Customer{}, err
	}
	return paper.Customer{
		Name: found.Name, Email: found.Email, Address: found.Address, TaxID: found.TaxID, Country: found.Country,
	}, nil
}

// writeOut puts an invoice and its credit notes on paper.
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
	default:
		return paper.StatusDraft
	}
}
