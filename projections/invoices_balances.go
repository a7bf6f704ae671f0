package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/projections/engine"
)

// Balance sums up a workspace in the currency of its latest invoice.
type Balance struct {
	Credit     money.Amount // to be used by its next invoices
	Receivable money.Amount // what it has still to pay of issued invoices
	Overdue    money.Amount // of that, what is late
}

// FindBalance adds up a workspace's balance at an instant. Before the first invoice it takes the currency of the first
// credit; ok is false without either.
func FindBalance(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) (b Balance, ok bool, err error) {
	accounts, err := loadAccounts(ctx, tx, ledger, []string{workspace})
	if err != nil {
		return b, false, err
	}
	held := accounts[workspace]
	currency, receivable, overdue, err := sumInvoices(ctx, tx, ledger, workspace, now)
	switch {
	case err != nil:
		return b, false, err
	case currency == "" && len(held.Balances) == 0:
		return b, false, nil
	case currency == "":
		currency, receivable, overdue = held.Balances[0].Currency(), "0", "0"
	}
	if b.Credit, err = held.Credit(currency); err != nil {
		return b, false, err
	}
	if b.Receivable, err = money.ParseStored(currency, receivable); err != nil {
		return b, false, err
	}
	b.Overdue, err = money.ParseStored(currency, overdue)
	return b, true, err
}

// sumInvoices adds up what a workspace has to pay in the currency of its latest invoice. Without an invoice the
// currency is empty.
func sumInvoices(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) (currency money.Currency, receivable, overdue string, err error) {
	err = tx.QueryRow(ctx, `
		WITH latest AS (
			SELECT currency
			FROM invoices
			WHERE ledger_id = $1 AND workspace = $2
			ORDER BY made DESC
			LIMIT 1
		)
		SELECT latest.currency, sum(i.receivable)::text, COALESCE(sum(i.receivable) FILTER (WHERE i.overdue_from <= $3), 0)::text
		FROM latest
		JOIN invoices i ON i.ledger_id = $1 AND i.workspace = $2 AND i.currency = latest.currency
		GROUP BY latest.currency`, [16]byte(ledger), workspace, now).Scan(&currency, &receivable, &overdue)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", "", "", fmt.Errorf("find the balance of %s: %w", workspace, err)
	}
	return currency, receivable, overdue, nil
}

func applyAccounts(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(account.Type)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	accounts, err := loadAccounts(ctx, tx, page.Ledger, workspaces)
	if err != nil {
		return err
	}
	for _, event := range events {
		workspace := event.Stream.Entity()
		accounts[workspace] = account.Evolve(accounts[workspace], event.Fact)
	}
	encoded := make([]string, len(workspaces))
	for i, workspace := range workspaces {
		if encoded[i], err = engine.Encode(accounts[workspace]); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO accounts (ledger_id, workspace, state)
		SELECT $1, r.workspace, r.state::json
		FROM unnest($2::text[], $3::text[]) AS r (workspace, state)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET state = excluded.state`, [16]byte(page.Ledger), workspaces, encoded)
	if err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return nil
}

// accountRow holds a row of the table.
type accountRow struct {
	workspace string
	state     account.State
}

func loadAccounts(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string) (map[string]account.State, error) {
	rows, err := engine.List(ctx, tx, "read accounts", scanAccount, `
		SELECT workspace, state
		FROM accounts
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), workspaces)
	accounts := make(map[string]account.State, len(workspaces))
	for _, row := range rows {
		accounts[row.workspace] = row.state
	}
	return accounts, err
}

func scanAccount(row pgx.CollectableRow) (accountRow, error) {
	var a accountRow
	var stored []byte
	if err := row.Scan(&a.workspace, &stored); err != nil {
		return accountRow{}, err
	}
	return a, engine.Decode(stored, &a.state)
}
