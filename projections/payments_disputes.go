package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// Dispute holds a dispute in its present state, with what it is of.
type Dispute struct {
	Opened    int64 // the position of its first event; disputes are listed in this order
	Payment   string
	Invoice   string
	Workspace string
	State     payment.DisputeState
}

// DisputeFilter chooses disputes. The zero value chooses all.
type DisputeFilter struct {
	Workspace string
	Status    string
}

const disputeColumns = `opened, payment, invoice, workspace, dispute`

// FindDispute finds a dispute by its id.
func FindDispute(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (Dispute, bool, error) {
	return engine.Find(ctx, tx, "find dispute "+id, scanDispute, `
		SELECT `+disputeColumns+`
		FROM disputes
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// ListDisputes lists at most limit disputes in the order in which they were opened, from behind the one opened at after.
func ListDisputes(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter DisputeFilter, after int64, limit int) ([]Dispute, error) {
	where, args := `ledger_id = $1 AND opened > $2`, []any{[16]byte(ledger), after, limit}
	for _, equal := range []struct{ column, value string }{{"workspace", filter.Workspace}, {"status", filter.Status}} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	return engine.List(ctx, tx, "list disputes", scanDispute, `
		SELECT `+disputeColumns+`
		FROM disputes
		WHERE `+where+`
		ORDER BY opened
		LIMIT $3`, args...)
}

func scanDispute(row pgx.CollectableRow) (found Dispute, err error) {
	var stored []byte
	if err := row.Scan(&found.Opened, &found.Payment, &found.Invoice, &found.Workspace, &stored); err != nil {
		return found, err
	}
	return found, engine.Decode(stored, &found.State)
}

// followDisputes writes the disputes that something happened to, as the states of their payments have them.
func followDisputes(ledger uuid.UUID, events []eventstore.Event, payments map[string]Payment, batch *pgx.Batch) error {
	for _, event := range events {
		var id string
		switch fact := event.Fact.(type) {
		case payment.Disputed:
			id = fact.ID
		case payment.DisputeClosed:
			id = fact.ID
		default:
			continue
		}
		of := payments[event.Stream.Entity()].State
		state, found := of.FindDispute(id)
		if !found {
			continue
		}
		stored, err := engine.Encode(state)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO disputes (ledger_id, id, opened, payment, invoice, workspace, status, dispute)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET status  = excluded.status,
			    dispute = excluded.dispute`,
			[16]byte(ledger), id, event.Position, of.ID, of.Invoice, of.Workspace, string(state.Status), stored)
	}
	return nil
}
