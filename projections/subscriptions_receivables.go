package projections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/projections/engine"
)

// AvailableActions lists what works with the subscription at an instant.
func (s Subscription) AvailableActions(now time.Time) []string {
	return s.State.WithPastDue(account.State{Receivables: s.Collected}.PastDue(now)).AvailableActions(now)
}

// collected holds a row of the table.
type collected struct {
	workspace   string
	receivables []account.Receivable
}

// applyReceivables keeps of each workspace's account the invoices whose money is collected, since time makes them past due.
func applyReceivables(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(account.Type)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	rows, err := engine.List(ctx, tx, "read what is collected", scanCollected, `
		SELECT workspace, receivables
		FROM collected
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(page.Ledger), workspaces)
	if err != nil {
		return err
	}
	accounts := map[string]account.State{}
	for _, row := range rows {
		accounts[row.workspace] = account.State{Receivables: row.receivables}
	}
	for _, event := range events {
		workspace := event.Stream.Entity()
		accounts[workspace] = account.Evolve(accounts[workspace], event.Fact)
	}
	return saveReceivables(ctx, tx, page.Ledger, workspaces, accounts)
}

func scanCollected(row pgx.CollectableRow) (c collected, err error) {
	var stored []byte
	if err := row.Scan(&c.workspace, &stored); err != nil {
		return c, err
	}
	return c, engine.Decode(stored, &c.receivables)
}

// saveReceivables leaves no row where nothing is collected.
func saveReceivables(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string, accounts map[string]account.State) error {
	var none, some, encoded []string
	for _, workspace := range workspaces {
		left := slices.DeleteFunc(slices.Clone(accounts[workspace].Receivables), func(r account.Receivable) bool { return r.PastDueAt == nil })
		if len(left) == 0 {
			none = append(none, workspace)
			continue
		}
		row, err := engine.Encode(left)
		if err != nil {
			return err
		}
		some, encoded = append(some, workspace), append(encoded, row)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM collected WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), none); err != nil {
		return fmt.Errorf("remove what is collected: %w", err)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO collected (ledger_id, workspace, receivables)
		SELECT $1, r.workspace, r.receivables::json
		FROM unnest($2::text[], $3::text[]) AS r (workspace, receivables)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET receivables = excluded.receivables`, [16]byte(ledger), some, encoded)
	if err != nil {
		return fmt.Errorf("write what is collected: %w", err)
	}
	return nil
}
