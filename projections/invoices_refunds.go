package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/projections/engine"
)

// Refund holds a refund in its present state.
type Refund struct {
	Made    int64 // the position of its first event; refunds are listed in this order
	State   refund.State
	Version int64
}

// RefundFilter chooses refunds. The zero value chooses all.
type RefundFilter struct {
	Workspace string
	Status    string
}

const refundColumns = `made, version, state`

// FindRefund finds a refund by its id.
func FindRefund(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (Refund, bool, error) {
	return engine.Find(ctx, tx, "find refund "+id, scanRefund, `
		SELECT `+refundColumns+`
		FROM refunds
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// ListRefunds lists at most limit refunds in the order in which they were made, from behind the one made at after.
func ListRefunds(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter RefundFilter, after int64, limit int) ([]Refund, error) {
	where, args := `ledger_id = $1 AND made > $2`, []any{[16]byte(ledger), after, limit}
	for _, equal := range []struct{ column, value string }{{"workspace", filter.Workspace}, {"status", filter.Status}} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	return engine.List(ctx, tx, "list refunds", scanRefund, `
		SELECT `+refundColumns+`
		FROM refunds
		WHERE `+where+`
		ORDER BY made
		LIMIT $3`, args...)
}

func scanRefund(row pgx.CollectableRow) (Refund, error) {
	var found Refund
	var state []byte
	if err := row.Scan(&found.Made, &found.Version, &state); err != nil {
		return Refund{}, err
	}
	return found, engine.Decode(state, &found.State)
}

func applyRefunds(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(refund.Type)
	if len(events) == 0 {
		return nil
	}
	ids := entities(events)
	known, err := engine.List(ctx, tx, "read refunds", scanRefund, `
		SELECT `+refundColumns+`
		FROM refunds
		WHERE ledger_id = $1 AND id = ANY ($2)`, [16]byte(page.Ledger), ids)
	if err != nil {
		return err
	}
	refunds := make(map[string]Refund, len(ids))
	for _, r := range known {
		refunds[r.State.ID] = r
	}
	for _, event := range events {
		found := refunds[event.Stream.Entity()]
		if found.Version == 0 {
			found.Made = event.Position
		}
		found.State, found.Version = refund.Evolve(found.State, event.Fact), event.Version
		refunds[event.Stream.Entity()] = found
	}
	return saveRefunds(ctx, tx, page.Ledger, ids, refunds)
}

func saveRefunds(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, ids []string, refunds map[string]Refund) error {
	batch := &pgx.Batch{}
	for _, id := range ids {
		found := refunds[id]
		state, err := engine.Encode(found.State)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO refunds (ledger_id, id, made, workspace, status, version, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET status  = excluded.status,
			    version = excluded.version,
			    state   = excluded.state`,
			[16]byte(ledger), id, found.Made, found.State.Workspace, string(found.State.Status), found.Version, state)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write refunds: %w", err)
	}
	return nil
}
