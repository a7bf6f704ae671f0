package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Invoices holds each invoice, each credit note, each refund and the credit of each workspace. A row keeps the whole state, folded
// by invoice.Evolve; of an account it keeps the credit alone, since the rest grows with each payment. Queries filter and add up
// by columns beside it.
var Invoices = engine.Projection{
	Name: "invoices", Revision: 6, Tables: migrations.ReadModel("invoices"), Auditors: true, Apply: applyInvoices,
	Reads: []domain.StreamType{invoice.Type, account.Type, refund.Type},
	Skips: []domain.Event{account.ReceivableOpened{}, account.ReceivableClosed{}, account.MoneyReceived{}, account.MoneyReturned{}},
}

// Invoice holds an invoice in its present state.
type Invoice struct {
	Made    int64 // the position of its first event; invoices are listed in this order
	State   invoice.State
	Version int64
}

// InvoiceFilter chooses invoices. The zero value chooses all.
type InvoiceFilter struct {
	Workspace     string
	Status        string
	PaymentStatus string
	Overdue       *bool     // whether it is to be paid and its due day is over
	Now           time.Time // for Overdue
}

const invoiceColumns = `made, version, state`

// FindInvoice finds an invoice by its id.
func FindInvoice(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (Invoice, bool, error) {
	return engine.Find(ctx, tx, "find invoice "+id, scanInvoice, `
		SELECT `+invoiceColumns+`
		FROM invoices
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// FindInvoiceByNumber finds an invoice by the number that it was issued with.
func FindInvoiceByNumber(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, number string) (Invoice, bool, error) {
	return engine.Find(ctx, tx, "find the invoice numbered "+number, scanInvoice, `
		SELECT `+invoiceColumns+`
		FROM invoices
		WHERE ledger_id = $1 AND number = $2
		ORDER BY made
		LIMIT 1`, [16]byte(ledger), number)
}

// ListInvoices lists at most limit invoices in the order in which they were made, from behind the one made at after.
func ListInvoices(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter InvoiceFilter, after int64, limit int) ([]Invoice, error) {
	where, args := `ledger_id = $1 AND made > $2`, []any{[16]byte(ledger), after, limit}
	for _, equal := range []struct{ column, value string }{
		{"workspace", filter.Workspace}, {"status", filter.Status}, {"payment_status", filter.PaymentStatus},
	} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	if filter.Overdue != nil {
		args = append(args, filter.Now)
		overdue := fmt.Sprintf(`(receivable > 0 AND overdue_from <= $%d)`, len(args))
		if *filter.Overdue {
			where += ` AND ` + overdue
		} else {
			where += ` AND ` + overdue + ` IS NOT TRUE`
		}
	}
	return engine.List(ctx, tx, "list invoices", scanInvoice, `
		SELECT `+invoiceColumns+`
		FROM invoices
		WHERE `+where+`
		ORDER BY made
		LIMIT $3`, args...)
}

func scanInvoice(row pgx.CollectableRow) (Invoice, error) {
	var found Invoice
	var state []byte
	if err := row.Scan(&found.Made, &found.Version, &state); err != nil {
		return Invoice{}, err
	}
	return found, engine.Decode(state, &found.State)
}

func applyInvoices(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := applyAccounts(ctx, tx, page); err != nil {
		return err
	}
	if err := applyRefunds(ctx, tx, page); err != nil {
		return err
	}
	events := page.Of(invoice.Type)
	if len(events) == 0 {
		return nil
	}
	ids := entities(events)
	invoices, err := loadInvoices(ctx, tx, page.Ledger, ids)
	if err != nil {
		return err
	}
	for _, event := range events {
		id := event.Stream.Entity()
		found := invoices[id]
		if found.Version == 0 {
			found.Made = event.Position
		}
		found.State, found.Version = invoice.Evolve(found.State, event.Fact), event.Version
		invoices[id] = found
	}
	if err := saveInvoices(ctx, tx, page.Ledger, ids, invoices); err != nil {
		return err
	}
	return saveCreditNotes(ctx, tx, page.Ledger, events, invoices)
}

func loadInvoices(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, ids []string) (map[string]Invoice, error) {
	found, err := engine.List(ctx, tx, "read invoices", scanInvoice, `
		SELECT `+invoiceColumns+`
		FROM invoices
		WHERE ledger_id = $1 AND id = ANY ($2)`, [16]byte(ledger), ids)
	if err != nil {
		return nil, err
	}
	invoices := make(map[string]Invoice, len(ids))
	for _, i := range found {
		invoices[i.State.ID] = i
	}
	return invoices, nil
}

func saveInvoices(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, ids []string, invoices map[string]Invoice) error {
	batch := &pgx.Batch{}
	for _, id := range ids {
		found := invoices[id]
		state, err := engine.Encode(found.State)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO invoices (ledger_id, id, made, workspace, status, payment_status, currency, receivable, overdue_from, number, version, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9, NULLIF($10, ''), $11, $12)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET status         = excluded.status,
			    payment_status = excluded.payment_status,
			    receivable     = excluded.receivable,
			    overdue_from   = excluded.overdue_from,
			    number         = excluded.number,
			    version        = excluded.version,
			    state          = excluded.state`,
			[16]byte(ledger), id, found.Made, found.State.Workspace, string(found.State.Status), string(found.State.Shown()),
			string(found.State.Bill.Currency), receivable(found.State), found.State.OverdueFrom(), found.State.Number, found.Version, state)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write invoices: %w", err)
	}
	return nil
}

// receivable gives the amount that an issued invoice still expects, as a number.
func receivable(s invoice.State) string {
	if s.Status != invoice.StatusFinalized || s.PaymentStatus != invoice.PaymentPending {
		return "0"
	}
	return s.Outstanding().Plain()
}
