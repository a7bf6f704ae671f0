package usage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/projections/engine"
)

// Payments shares an invoice out to the members who had a seat.
type Payments struct {
	Invoice    string
	Currency   money.Currency
	AsOf       time.Time // now, but not after the invoice's days are over
	Final      bool      // they are, so that nothing can change any more
	Shares     []pricing.Share
	Unassigned pricing.Share // of no member
}

// FindPayments shares out an invoice of a workspace.
func FindPayments(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace, id string, now time.Time,
) (found Payments, ok bool, err error) {
	b, ok, err := findBilledDays(ctx, tx, ledger, workspace, id)
	if err == nil && ok {
		b.history, err = loadSeatHistory(ctx, tx, ledger, workspace, b.calendar)
	}
	if err != nil {
		return found, false, fmt.Errorf("find the payments of %s for %s: %w", workspace, id, err)
	}
	if !ok {
		return found, false, nil
	}
	found = Payments{Invoice: id, Currency: b.bill.Currency, AsOf: now}
	if over := b.over(); !now.Before(over) {
		found.AsOf, found.Final = over, true
	}
	found.Shares, found.Unassigned, err = b.shareOut()
	return found, err == nil, err
}

// findBilledDays gives the days of a workspace's invoice, without their history.
func findBilledDays(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace, id string) (b billedDays, ok bool, err error) {
	var timeZone string
	var stored []byte
	err = tx.QueryRow(ctx, `
		SELECT time_zone, bill
		FROM bills
		WHERE ledger_id = $1 AND invoice = $2 AND workspace = $3`, [16]byte(ledger), id, workspace).Scan(&timeZone, &stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, false, nil
	}
	if err != nil {
		return b, false, err
	}
	var bill pricing.Bill
	if err := engine.Decode(stored, &bill); err != nil {
		return b, false, err
	}
	zone, err := period.LoadZone(timeZone)
	if err != nil {
		return b, false, err
	}
	return newBilledDays(bill, zone), true, nil
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
