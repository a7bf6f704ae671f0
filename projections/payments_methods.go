package projections

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/projections/engine"
)

// PaymentMethods holds a workspace's payment methods.
type PaymentMethods struct {
	Workspace string
	State     paymentmethod.State
	Version   int64
}

const methodColumns = `workspace, version, state`

// FindPaymentMethods finds the payment methods of a workspace; ok is false where it never had one.
func FindPaymentMethods(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (PaymentMethods, bool, error) {
	return engine.Find(ctx, tx, "find the payment methods of "+workspace, scanPaymentMethods, `
		SELECT `+methodColumns+`
		FROM payment_methods
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace)
}

// ListPaymentMethods lists the payment methods of all workspaces, or of one where it is named.
func ListPaymentMethods(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) ([]PaymentMethods, error) {
	return engine.List(ctx, tx, "list payment methods", scanPaymentMethods, `
		SELECT `+methodColumns+`
		FROM payment_methods
		WHERE ledger_id = $1 AND $2 IN ('', workspace)
		ORDER BY workspace`, [16]byte(ledger), workspace)
}

func scanPaymentMethods(row pgx.CollectableRow) (found PaymentMethods, err error) {
	var state []byte
	if err := row.Scan(&found.Workspace, &found.Version, &state); err != nil {
		return found, err
	}
	return found, engine.Decode(state, &found.State)
}

// followMethods folds what happened to payment methods.
func followMethods(ctx context.Context, tx pgx.Tx, page engine.Page, batch *pgx.Batch) error {
	events := page.Of(paymentmethod.Type)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	known, err := engine.List(ctx, tx, "read payment methods", scanPaymentMethods, `
		SELECT `+methodColumns+`
		FROM payment_methods
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(page.Ledger), workspaces)
	if err != nil {
		return err
	}
	methods := make(map[string]PaymentMethods, len(workspaces))
	for _, m := range known {
		methods[m.Workspace] = m
	}
	for _, event := range events {
		found := methods[event.Stream.Entity()]
		found.State, found.Version = paymentmethod.Evolve(found.State, event.Fact), event.Version
		methods[event.Stream.Entity()] = found
	}
	for _, workspace := range workspaces {
		state, err := engine.Encode(methods[workspace].State)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO payment_methods (ledger_id, workspace, version, state)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (ledger_id, workspace) DO UPDATE
			SET version = excluded.version,
			    state   = excluded.state`, [16]byte(page.Ledger), workspace, methods[workspace].Version, state)
	}
	return nil
}
