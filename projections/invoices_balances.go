package projections

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/projections/engine"
)

// Balance sums up what a workspace has and owes in one currency.
type Balance struct {
	Credit     money.Amount // to be used by its next invoices
	Receivable money.Amount // what it has still to pay of issued invoices
	Overdue    money.Amount // of that, what is late
}

// Balances hold those of each currency that the workspace ever had an invoice or credit in.
type Balances struct {
	Latest money.Currency // of the latest invoice, or else of the first credit; empty without either
	All    []Balance      // in the order of their currencies
}

// FindBalances adds up a workspace's balances at an instant.
func FindBalances(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) (b Balances, err error) {
	accounts, err := loadAccounts(ctx, tx, ledger, []string{workspace})
	if err != nil {
		return b, err
	}
	held := accounts[workspace]
	sums, err := sumInvoices(ctx, tx, ledger, workspace, now)
	if err != nil {
		return b, err
	}
	for _, credit := range held.Balances {
		if !slices.ContainsFunc(sums, func(s invoiceSum) bool { return s.currency == credit.Currency() }) {
			sums = append(sums, invoiceSum{currency: credit.Currency(), receivable: "0", overdue: "0"})
		}
	}
	var latest invoiceSum // credit without an invoice is of no position, so that the first one stays
	for _, sum := range sums {
		if latest.currency == "" || sum.latest > latest.latest {
			latest = sum
		}
		balance, err := sum.balance(held)
		if err != nil {
			return b, err
		}
		b.All = append(b.All, balance)
	}
	b.Latest = latest.currency
	slices.SortFunc(b.All, func(x, y Balance) int { return cmp.Compare(x.Credit.Currency(), y.Credit.Currency()) })
	return b, nil
}

// invoiceSum adds up a workspace's invoices of one currency.
type invoiceSum struct {
	currency            money.Currency
	receivable, overdue string // numbers
	latest              int64  // the position of the first event of its latest one, 0 without any
}

// balance completes the sum by the credit of its currency.
func (s invoiceSum) balance(held account.State) (b Balance, err error) {
	if b.Credit, err = held.Credit(s.currency); err != nil {
		return b, err
	}
	if b.Receivable, err = money.ParseStored(s.currency, s.receivable); err != nil {
		return b, err
	}
	b.Overdue, err = money.ParseStored(s.currency, s.overdue)
	return b, err
}

func sumInvoices(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) ([]invoiceSum, error) {
	return engine.List(ctx, tx, "add up the invoices of "+workspace, scanInvoiceSum, `
		SELECT currency, sum(receivable)::text, COALESCE(sum(receivable) FILTER (WHERE overdue_from <= $3), 0)::text, max(made)
		FROM invoices
		WHERE ledger_id = $1 AND workspace = $2
		GROUP BY currency`, [16]byte(ledger), workspace, now)
}

func scanInvoiceSum(row pgx.CollectableRow) (s invoiceSum, err error) {
	err = row.Scan(&s.currency, &s.receivable, &s.overdue, &s.latest)
	return s, err
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
	if err := saveCreditEntries(ctx, tx, page.Ledger, events); err != nil {
		return err
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
