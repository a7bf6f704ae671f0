package invoices

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/subscription"
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
		Automatic: automatic(s), Period: s.Period, Subtotal: s.Bill.Subtotal, Discount: s.Bill.Discount, Total: s.Bill.Total,
		CreditApplied: s.CreditApplied, Paid: s.AmountPaid, Reduced: s.Reduced, WrittenOff: s.WrittenOff, Outstanding: s.Outstanding(),
	}
	for _, l := range s.Lowerings {
		written.Lowered = append(written.Lowered, paper.Reference{Number: l.Number, Amount: l.Amount})
	}
	if written.Settled, err = d.settled(s.SettledAgainst); err != nil {
		return paper.Sheet{}, err
	}
	if written.Lines, err = d.billLines(s); err != nil {
		return paper.Sheet{}, err
	}
	if written.Payments, err = d.payments(found); err != nil {
		return paper.Sheet{}, err
	}
	if written.CreditNotes, written.Refunds, err = d.creditNotes(s.ID); err != nil {
		return paper.Sheet{}, err
	}
	return written.Sheet(), nil
}

// automatic reports whether the seller collects the money. Of invoices of earlier releases, only the time that they leave tells.
func automatic(s invoice.State) bool {
	if s.Collection == "" {
		return s.DaysUntilDue == 0
	}
	return s.Collection == string(subscription.CollectionAutomatic)
}

// settled names the invoices that something was set off against by their numbers.
func (d *desk) settled(against []invoice.Settled) ([]paper.Reference, error) {
	var references []paper.Reference
	for _, s := range against {
		found, _, err := projections.FindInvoice(d.ctx, d.tx, d.c.Ledger.ID, s.Invoice)
		if err != nil {
			return nil, err
		}
		references = append(references, paper.Reference{Number: found.State.Number, Amount: s.Amount})
	}
	return references, nil
}

// refunds tells how far the refunds of a credit note are.
func (d *desk) refunds(of []invoice.Refund) ([]paper.Refund, error) {
	var refunds []paper.Refund
	for _, r := range of {
		found, ok, err := projections.FindRefund(d.ctx, d.tx, d.c.Ledger.ID, r.Refund)
		if err != nil {
			return nil, err
		}
		refund := paper.Refund{Amount: r.Amount}
		if ok {
			refund.Returned = found.State.SettledAt
		}
		refunds = append(refunds, refund)
	}
	return refunds, nil
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

// creditNotes lists the credit notes on an invoice, and their refunds.
func (d *desk) creditNotes(id string) (notes []paper.IssuedNote, refunds []paper.Refund, err error) {
	found, err := projections.ListCreditNotes(d.ctx, d.tx, d.c.Ledger.ID, projections.CreditNoteFilter{Invoice: id}, 0, creditNotesMax)
	for _, n := range found {
		notes = append(notes, paper.IssuedNote{
			Number: n.Note.Number, Issued: n.Note.IssuedAt, Reason: d.reason(n.Note), Total: n.Note.Total, Reduced: n.Note.Reduced,
			Credit: n.Note.Credit, Refund: n.Note.Refund, Lowered: lowered(n.Note),
		})
		more, err := d.refunds(n.Note.Refunds)
		if err != nil {
			return nil, nil, err
		}
		refunds = append(refunds, more...)
	}
	return notes, refunds, err
}

// lowered finds what a credit note took off its own invoice.
func lowered(n invoice.Credited) money.Amount {
	for _, s := range n.Settled() {
		if s.Invoice == n.ID {
			return s.Amount
		}
	}
	return money.Zero(n.Total.Currency())
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
