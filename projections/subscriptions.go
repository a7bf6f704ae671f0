package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Subscriptions holds the latest subscription of each workspace. A row keeps the whole state, folded by
// subscription.Evolve, so the rules stand in one place. Queries filter by columns beside it.
var Subscriptions = engine.Projection{
	Name: "subscriptions", Revision: 7, Tables: migrations.ReadModel("subscriptions"), Auditors: true, Apply: applySubscriptions,
	Reads: []domain.StreamType{subscription.Type, account.Type},
	Skips: []domain.Event{
		account.CreditGranted{}, account.CreditApplied{}, account.CreditRefunded{}, account.MoneyReceived{}, account.MoneyReturned{}, account.MoneyReversed{},
	},
}

// Subscription holds the latest subscription of a workspace.
type Subscription struct {
	Workspace string
	State     subscription.State
	Version   int64 // of the workspace's subscription stream
	// Collected lists the workspace's invoices whose money is collected, whatever they are of.
	Collected []account.Receivable
}

// SubscriptionFilter chooses subscriptions. The zero value chooses all.
type SubscriptionFilter struct {
	Status string // "" for every status
	Price  string // "" for every price
}

const subscriptionColumns = `workspace, version, state, receivables`

// FindSubscription finds the latest subscription of a workspace.
func FindSubscription(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (Subscription, bool, error) {
	return engine.Find(ctx, tx, "find the subscription of "+workspace, scanSubscription, `
		SELECT `+subscriptionColumns+`
		FROM subscriptions
		LEFT JOIN collected USING (ledger_id, workspace)
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace)
}

// ListSubscriptions lists at most limit subscriptions by workspace, from behind the workspace after; "" is the
// beginning.
func ListSubscriptions(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter SubscriptionFilter, after string, limit int) ([]Subscription, error) {
	// Each choice of conditions makes its own SQL, so that it has a plan and an index of its own.
	where, args := `ledger_id = $1 AND workspace > $2`, []any{[16]byte(ledger), after, limit}
	if filter.Status != "" {
		args = append(args, filter.Status)
		where += fmt.Sprintf(` AND status = $%d`, len(args))
	}
	if filter.Price != "" {
		args = append(args, filter.Price)
		where += fmt.Sprintf(` AND price = $%d`, len(args))
	}
	return engine.List(ctx, tx, "list subscriptions", scanSubscription, `
		SELECT `+subscriptionColumns+`
		FROM subscriptions
		LEFT JOIN collected USING (ledger_id, workspace)
		WHERE `+where+`
		ORDER BY workspace
		LIMIT $3`, args...)
}

func scanSubscription(row pgx.CollectableRow) (Subscription, error) {
	var s Subscription
	var state, receivables []byte
	if err := row.Scan(&s.Workspace, &s.Version, &state, &receivables); err != nil {
		return Subscription{}, err
	}
	if receivables != nil {
		if err := engine.Decode(receivables, &s.Collected); err != nil {
			return Subscription{}, err
		}
	}
	return s, engine.Decode(state, &s.State)
}

func applySubscriptions(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := applyReceivables(ctx, tx, page); err != nil {
		return err
	}
	events := page.Of(subscription.Type)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	states, err := loadSubscriptions(ctx, tx, page.Ledger, workspaces)
	if err != nil {
		return err
	}
	versions := map[string]int64{}
	for _, event := range events {
		workspace := event.Stream.Entity()
		states[workspace] = subscription.Evolve(states[workspace], event.Fact)
		versions[workspace] = event.Version
	}
	return saveSubscriptions(ctx, tx, page.Ledger, workspaces, states, versions)
}

func loadSubscriptions(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string) (map[string]subscription.State, error) {
	found, err := engine.List(ctx, tx, "read subscriptions", scanSubscription, `
		SELECT workspace, version, state, NULL
		FROM subscriptions
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), workspaces)
	if err != nil {
		return nil, err
	}
	states := make(map[string]subscription.State, len(workspaces))
	for _, s := range found {
		states[s.Workspace] = s.State
	}
	return states, nil
}

func saveSubscriptions(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string, states map[string]subscription.State, versions map[string]int64) error {
	n := len(workspaces)
	statuses, prices, folded, at := make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	for i, workspace := range workspaces {
		state := states[workspace]
		encoded, err := engine.Encode(state)
		if err != nil {
			return err
		}
		statuses[i], prices[i], folded[i], at[i] = string(state.Status), state.Terms.Price, encoded, versions[workspace]
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO subscriptions (ledger_id, workspace, status, price, version, state)
		SELECT $1, r.workspace, r.status, r.price, r.version, r.state::json
		FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
		     AS r (workspace, status, price, version, state)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET status  = excluded.status,
		    price   = excluded.price,
		    version = excluded.version,
		    state   = excluded.state`, [16]byte(ledger), workspaces, statuses, prices, at, folded)
	if err != nil {
		return fmt.Errorf("write subscriptions: %w", err)
	}
	return nil
}
