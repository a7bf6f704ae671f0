package invoices

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

func printPage(s paper.Sheet, header http.Header) ([]byte, error) {
	header.Set("Content-Security-Policy", paper.Policy())
	header.Set("Referrer-Policy", "no-referrer")
	return paper.HTML(s)
}

func printPDF(s paper.Sheet, header http.Header) ([]byte, error) {
	name := s.Number
	if name == "" {
		name = s.ID
	}
	header.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	return paper.PDF(s)
}

// creditNotesMax bounds the credit notes that a paper lists. It is far more than an invoice ever gets.
const creditNotesMax = 1_000

// desk looks up what a paper says beside its own invoice.
type desk struct {
	ctx   context.Context
	tx    pgx.Tx
	c     *endpoint.Call
	zone  *time.Location
	names projections.Names
}

func readInvoicePaper(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (paper.Sheet, error) {
	found, err := findInvoice(ctx, tx, c)
	if err != nil {
		return paper.Sheet{}, err
	}
	s := found.State
	d := desk{ctx: ctx, tx: tx, c: c}
	head, err := d.document(s, s.Number, s.Seller, s.IssuedAt)
	if err != nil {
		return paper.Sheet{}, err
	}
	written := paper.Invoice{
		Document: head, Status: paperStatus(s.Status), Issued: s.IssuedAt, Due: s.DueAt, Overdue: s.Overdue(c.Now()),
		Automatic: s.DaysUntilDue == 0, Period: s.Period, Subtotal: s.Bill.Subtotal, Discount: s.Bill.Discount, Total: s.Bill.Total,
		CreditApplied: s.CreditApplied, Paid: s.AmountPaid, Reduced: s.Reduced, WrittenOff: s.AmountPaid.Mul(0), Outstanding: s.Outstanding(),
	}
	if s.PaymentStatus == invoice.PaymentUncollectible {
		written.WrittenOff, written.Outstanding = written.Outstanding, written.WrittenOff
	}
	if written.Lines, err = d.billLines(s); err != nil {
		return paper.Sheet{}, err
	}
	if written.Payments, err = d.payments(found); err != nil {
		return paper.Sheet{}, err
	}
	if written.CreditNotes, err = d.creditNotes(s.ID); err != nil {
		return paper.Sheet{}, err
	}
	return written.Sheet(), nil
}

// document looks up who sells and who buys, and the names of what is sold. A document shows the seller's profile that it was
// issued with; one that is not issued yet, or was before documents kept it, shows the present one.
func (d *desk) document(s invoice.State, number string, version *int64, issued *time.Time) (paper.Document, error) {
	head := paper.Document{ID: s.ID, Number: number, Ledger: d.c.Ledger.Name, Workspace: s.Workspace}
	var err error
	if d.zone, err = period.LoadZone(s.TimeZone); err != nil {
		return head, err
	}
	head.Zone = d.zone
	profile, _, err := projections.FindSeller(d.ctx, d.tx, d.c.Ledger.ID, version)
	if err != nil {
		return head, err
	}
	head.Seller = profile.Profile
	if head.Customer, err = d.customer(s.Workspace, issued); err != nil {
		return head, err
	}
	at := d.c.Now()
	if s.IssuedAt != nil {
		at = *s.IssuedAt
	}
	var products, prices []string
	for _, line := range s.Bill.Lines {
		products, prices = append(products, line.Product), append(prices, line.Price)
	}
	d.names, err = projections.FindNames(d.ctx, d.tx, d.c.Ledger.ID, products, prices, at)
	return head, err
}

// customer gives the billing details that were in force when the document was issued, or else the present ones: details
// that came late are better than none. What was erased is on no paper any more.
func (d *desk) customer(workspace string, issued *time.Time) (paper.Customer, error) {
	var found projections.Details
	var ok bool
	var err error
	if issued != nil {
		found, ok, err = projections.FindBillingDetails(d.ctx, d.tx, d.c.Ledger.ID, workspace, *issued)
	}
	if err == nil && !ok {
		found, ok, err = projections.FindDetails(d.ctx, d.tx, d.c.Ledger.ID, details.BillingStream(workspace))
	}
	if err != nil || !ok {
		return paper.Customer{}, err
	}
	return paper.Customer{
		Name: found.Name, Email: found.Email, Address: found.Address, TaxID: found.TaxID, Country: found.Country,
	}, nil
}

func (d *desk) payments(found projections.Invoice) ([]paper.Payment, error) {
	recorded, err := projections.ListPayments(d.ctx, d.tx, d.c.Ledger.ID, found.State.ID, found.Version)
	var payments []paper.Payment
	for _, p := range recorded {
		payments = append(payments, paper.Payment{Paid: p.PaidAt, Reference: p.Reference, Amount: p.Applied, Rest: p.Credit})
	}
	return payments, err
}

func (d *desk) creditNotes(id string) ([]paper.IssuedNote, error) {
	found, err := projections.ListCreditNotes(d.ctx, d.tx, d.c.Ledger.ID, projections.CreditNoteFilter{Invoice: id}, 0, creditNotesMax)
	var notes []paper.IssuedNote
	for _, n := range found {
		notes = append(notes, paper.IssuedNote{
			Number: n.Note.Number, Issued: n.Note.IssuedAt, Reason: n.Note.Reason, Total: n.Note.Total, Reduced: n.Note.Reduced,
			Credit: n.Note.Credit, Refund: n.Note.Refund,
		})
	}
	return notes, err
}

func paperStatus(s invoice.Status) paper.Status {
	switch s {
	case invoice.StatusFinalized:
		return paper.StatusIssued
	case invoice.StatusVoided:
		return paper.StatusVoid
	case invoice.StatusOpen:
		return paper.StatusOpen
	default:
		return paper.StatusDraft
	}
}
