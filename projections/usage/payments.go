package usage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/projections/engine"
)

// Payments shares an invoice, or what a credit note takes back of one, out to the members who had a seat.
type Payments struct {
	Currency   money.Currency
	AsOf       time.Time // now, but not after the document's days are over
	Final      bool      // they are, so that nothing can change any more
	Shares     []pricing.Share
	Unassigned pricing.Share // of no member
}

// FindInvoicePayments shares out an invoice of a workspace.
func FindInvoicePayments(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace, id string, now time.Time,
) (found Payments, ok bool, err error) {
	b, ok, err := findBilled(ctx, tx, `
		SELECT b.time_zone, b.bill, NULL
		FROM bills b
		WHERE b.ledger_id = $1 AND b.invoice = $2 AND b.workspace = $3`, [16]byte(ledger), id, workspace)
	if err == nil && ok {
		found, err = b.payments(ctx, tx, ledger, workspace, billedLines(b.bill), now)
	}
	if err != nil {
		return found, false, fmt.Errorf("find the payments of %s for the invoice %s: %w", workspace, id, err)
	}
	return found, ok, nil
}

// FindCreditNotePayments shares out what a credit note takes back of a workspace's invoice: the amounts are negative.
func FindCreditNotePayments(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace, id string, now time.Time,
) (found Payments, ok bool, err error) {
	b, ok, err := findBilled(ctx, tx, `
		SELECT b.time_zone, b.bill, n.note
		FROM credit_notes n
		JOIN bills b ON b.ledger_id = $1 AND b.invoice = n.invoice
		WHERE n.ledger_id = $1 AND n.credit_note = $2 AND b.workspace = $3`, [16]byte(ledger), id, workspace)
	if err == nil && ok {
		var lines []pricing.Line
		if lines, err = b.linesBehind(ctx, tx, ledger); err == nil {
			found, err = b.payments(ctx, tx, ledger, workspace, creditedLines(lines, b.note), now)
		}
	}
	if err != nil {
		return found, false, fmt.Errorf("find the payments of %s for the credit note %s: %w", workspace, id, err)
	}
	return found, ok, nil
}

// billed holds what an invoice bills, and a credit note that takes some of it back.
type billed struct {
	zone *time.Location
	bill pricing.Bill
	note invoice.Credited
}

// findBilled reads a time zone, a bill and a note, null for none.
func findBilled(ctx context.Context, tx pgx.Tx, query string, args ...any) (b billed, ok bool, err error) {
	var timeZone string
	var bill, note []byte
	err = tx.QueryRow(ctx, query, args...).Scan(&timeZone, &bill, &note)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, false, nil
	}
	if err != nil {
		return b, false, err
	}
	if err := engine.Decode(bill, &b.bill); err != nil {
		return b, false, err
	}
	if note != nil {
		if err := engine.Decode(note, &b.note); err != nil {
			return b, false, err
		}
	}
	b.zone, err = period.LoadZone(timeZone)
	return b, err == nil, err
}

// linesBehind gives the billed lines that the note may take back: those of its own invoice, and of all others that it names.
func (b billed) linesBehind(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) ([]pricing.Line, error) {
	lines, sources := slices.Clip(b.bill.Lines), b.note.Sources()
	if sources == nil {
		return lines, nil
	}
	rows, err := tx.Query(ctx, `SELECT bill FROM bills WHERE ledger_id = $1 AND invoice = ANY($2)`, [16]byte(ledger), sources)
	if err != nil {
		return nil, err
	}
	bills, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, err
	}
	for _, stored := range bills {
		var bill pricing.Bill
		if err := engine.Decode(stored, &bill); err != nil {
			return nil, err
		}
		lines = append(lines, bill.Lines...)
	}
	return lines, nil
}

// payments shares lines out by the seats of their days. Without a line of seats nothing is to be shared, for good.
func (b billed) payments(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, lines []sharedLine, now time.Time,
) (found Payments, err error) {
	found = Payments{Currency: b.bill.Currency, AsOf: now, Final: true, Unassigned: pricing.Share{Amount: money.Zero(b.bill.Currency)}}
	if len(lines) == 0 {
		return found, nil
	}
	days := newSharedDays(b.bill.Currency, lines, b.zone)
	if days.history, err = loadSeatHistory(ctx, tx, ledger, workspace, days.calendar); err != nil {
		return found, err
	}
	if over := days.over(); now.Before(over) {
		found.Final = false
	} else {
		found.AsOf = over
	}
	found.Shares, found.Unassigned, err = days.shareOut()
	return found, err
}

// saveBills keeps the bills of invoices.
func saveBills(batch *pgx.Batch, page engine.Page) error {
	var ids, workspaces, zones, bills []string
	for _, event := range page.Of(invoice.Type) {
		if drafted, is := event.Fact.(invoice.Drafted); is {
			bill, err := engine.Encode(drafted.Bill)
			if err != nil {
				return err
			}
			ids, workspaces = append(ids, drafted.ID), append(workspaces, drafted.Workspace)
			zones, bills = append(zones, drafted.TimeZone), append(bills, bill)
		}
	}
	if ids == nil {
		return nil
	}
	batch.Queue(`
		INSERT INTO bills (ledger_id, invoice, workspace, time_zone, bill)
		SELECT $1, r.invoice, r.workspace, r.time_zone, r.bill::json
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS r (invoice, workspace, time_zone, bill)`,
		[16]byte(page.Ledger), ids, workspaces, zones, bills)
	return nil
}

// saveCreditNotes keeps what credit notes take back of the bills.
func saveCreditNotes(batch *pgx.Batch, page engine.Page) error {
	for _, event := range page.Of(invoice.Type) {
		issued, is := event.Fact.(invoice.Credited)
		if !is {
			continue
		}
		note, err := engine.Encode(issued)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO credit_notes (ledger_id, credit_note, invoice, note)
			VALUES ($1, $2, $3, $4)`, [16]byte(page.Ledger), issued.CreditNote, issued.ID, note)
	}
	return nil
}
