package invoices

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

func readCreditNotePaper(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (paper.Sheet, error) {
	found, err := findCreditNote(ctx, tx, c)
	if err != nil {
		return paper.Sheet{}, err
	}
	note := found.Note
	billed, ok, err := projections.FindInvoice(ctx, tx, c.Ledger.ID, note.ID)
	if err == nil && !ok {
		err = domain.NotFound("credit_note_not_found", "the invoice of the credit note is gone")
	}
	if err != nil {
		return paper.Sheet{}, err
	}
	d := desk{ctx: ctx, tx: tx, c: c}
	head, err := d.document(billed.State, note.Number, note.Seller, &note.IssuedAt)
	if err != nil {
		return paper.Sheet{}, err
	}
	head.ID = note.CreditNote
	if head.Lines, err = d.noteLines(note, billed.State); err != nil {
		return paper.Sheet{}, err
	}
	written := paper.CreditNote{
		Document: head, Invoice: billed.State.Number, Billed: billed.State.IssuedAt, Issued: note.IssuedAt, Reason: d.reason(note),
		Tax: note.Tax, Total: note.Total, Reduced: note.Reduced, Credit: note.Credit, Refund: note.Refund,
	}
	if written.Settled, err = d.settled(note.Settled()); err != nil {
		return paper.Sheet{}, err
	}
	if written.Refunds, err = d.refunds(note.Refunds); err != nil {
		return paper.Sheet{}, err
	}
	return written.Sheet(), nil
}

// reason gives the reason of a credit note in words. One that came of a subscription's end or pause has a word of the program's.
func (d *desk) reason(n invoice.Credited) string {
	if n.From == nil {
		return n.Reason
	}
	switch n.Reason {
	case subscription.TakenBackCanceled:
		return "The subscription was cancelled on " + paper.Day(*n.From, d.zone) + "."
	case subscription.TakenBackPaused:
		return "The subscription was paused on " + paper.Day(*n.From, d.zone) + "."
	}
	return n.Reason
}
