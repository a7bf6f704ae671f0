package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// CreditNote holds a credit note as it was issued; it never changes.
type CreditNote struct {
	Issued    int64 // the position of its event; credit notes are listed in this order
	Workspace string
	Note      invoice.Credited
}

// CreditNoteFilter chooses credit notes. The zero value chooses all.
type CreditNoteFilter struct {
	Workspace string
	Invoice   string
}

const creditNoteColumns = `issued, workspace, note`

// FindCreditNote finds a credit note by its id.
func FindCreditNote(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (CreditNote, bool, error) {
	return engine.Find(ctx, tx, "find credit note "+id, scanCreditNote, `
		SELECT `+creditNoteColumns+`
		FROM credit_notes
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// ListCreditNotes lists at most limit credit notes in the order in which they were issued, from behind the one issued
// at after.
func ListCreditNotes(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter CreditNoteFilter, after int64, limit int) ([]CreditNote, error) {
	where, args := `ledger_id = $1 AND issued > $2`, []any{[16]byte(ledger), after, limit}
	for _, equal := range []struct{ column, value string }{{"workspace", filter.Workspace}, {"invoice", filter.Invoice}} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	return engine.List(ctx, tx, "list credit notes", scanCreditNote, `
		SELECT `+creditNoteColumns+`
		FROM credit_notes
		WHERE `+where+`
		ORDER BY issued
		LIMIT $3`, args...)
}

func scanCreditNote(row pgx.CollectableRow) (CreditNote, error) {
	var found CreditNote
	var note []byte
	if err := row.Scan(&found.Issued, &found.Workspace, &note); err != nil {
		return CreditNote{}, err
	}
	return found, engine.Decode(note, &found.Note)
}

// saveCreditNotes writes the credit notes that the events issue.
func saveCreditNotes(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, events []eventstore.Event, invoices map[string]Invoice) error {
	batch := &pgx.Batch{}
	for _, event := range events {
		issued, ok := event.Fact.(invoice.Credited)
		if !ok {
			continue
		}
		note, err := engine.Encode(issued)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO credit_notes (ledger_id, id, issued, workspace, invoice, note)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			[16]byte(ledger), issued.CreditNote, event.Position, invoices[issued.ID].State.Workspace, issued.ID, note)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write credit notes: %w", err)
	}
	return nil
}
