package projections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Payments holds each payment, with what goes back of it, and the payment methods of each workspace. Money that was recorded by hand
// is a payment without a stream.
var Payments = engine.Projection{
	Name: "payments", Revision: 1, Tables: migrations.ReadModel("payments"), Auditors: true, Apply: applyPayments,
	Reads: []domain.StreamType{payment.Type, paymentmethod.Type, refund.Type, account.Type, invoice.Type},
	Skips: slices.Concat(
		engine.AllBut(refund.Type, refund.Created{}), engine.AllBut(account.Type, account.MoneyReceived{}),
		engine.AllBut(invoice.Type, invoice.PaymentRecorded{})),
}

// Payment holds a payment in its present state.
type Payment struct {
	Made     int64 // the position of its first event; payments are listed in this order
	State    payment.State
	Version  int64
	Returned money.Amount // what goes back of it
}

// PaymentFilter chooses payments. The zero value chooses all.
type PaymentFilter struct {
	Workspace string
	Invoice   string
	Status    string
	Gateway   string
}

const paymentColumns = `made, version, state, coalesce((
	SELECT sum(r.amount)
	FROM returns r
	WHERE r.ledger_id = p.ledger_id AND r.payment = p.id), 0)::text`

// FindGatewayPayment finds a payment by its id.
func FindGatewayPayment(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (Payment, bool, error) {
	return engine.Find(ctx, tx, "find payment "+id, scanPayment, `
		SELECT `+paymentColumns+`
		FROM payments p
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// ListGatewayPayments lists at most limit payments in the order in which they were made, from behind the one made at after.
func ListGatewayPayments(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter PaymentFilter, after int64, limit int) ([]Payment, error) {
	where, args := `ledger_id = $1 AND made > $2`, []any{[16]byte(ledger), after, limit}
	for _, equal := range []struct{ column, value string }{
		{"workspace", filter.Workspace}, {"invoice", filter.Invoice}, {"status", filter.Status}, {"gateway", filter.Gateway},
	} {
		if equal.value != "" {
			args = append(args, equal.value)
			where += fmt.Sprintf(` AND %s = $%d`, equal.column, len(args))
		}
	}
	return engine.List(ctx, tx, "list payments", scanPayment, `
		SELECT `+paymentColumns+`
		FROM payments p
		WHERE `+where+`
		ORDER BY made
		LIMIT $3`, args...)
}

// FindCharge finds the payment of which an attempt has a name at a gateway.
func FindCharge(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, gateway, reference string) (payment string, found bool, err error) {
	return engine.Find(ctx, tx, "find the charge "+reference, pgx.RowTo[string], `
		SELECT payment
		FROM charges
		WHERE ledger_id = $1 AND gateway = $2 AND reference = $3
		ORDER BY payment
		LIMIT 1`, [16]byte(ledger), gateway, reference)
}

func scanPayment(row pgx.CollectableRow) (found Payment, err error) {
	var state []byte
	var returned string
	if err := row.Scan(&found.Made, &found.Version, &state, &returned); err != nil {
		return found, err
	}
	if err := engine.Decode(state, &found.State); err != nil {
		return found, err
	}
	found.Returned, err = money.ParseStored(found.State.Currency, returned)
	return found, err
}

func applyPayments(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	batch := &pgx.Batch{}
	if err := followPayments(ctx, tx, page, batch); err != nil {
		return err
	}
	if err := followMethods(ctx, tx, page, batch); err != nil {
		return err
	}
	if err := followManual(page, batch); err != nil {
		return err
	}
	for _, event := range page.Of(refund.Type) {
		created, is := event.Fact.(refund.Created)
		if !is || created.Payment == nil {
			continue
		}
		batch.Queue(`
			INSERT INTO returns (ledger_id, refund, payment, amount)
			VALUES ($1, $2, $3, $4::text::numeric)`, [16]byte(page.Ledger), created.ID, *created.Payment, created.Amount.Plain())
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write payments: %w", err)
	}
	return nil
}

// GatewayManual stands for the gateway of money that was recorded by hand.
const GatewayManual = "manual"

// followManual keeps money that was recorded by hand. The account's event tells whose it is, and the invoice's, in the same group,
// what it can be found by.
func followManual(page engine.Page, batch *pgx.Batch) error {
	recorded := map[string]invoice.PaymentRecorded{}
	for _, event := range page.Of(invoice.Type) {
		if e, ok := event.Fact.(invoice.PaymentRecorded); ok && e.Payment != "" {
			recorded[e.Payment] = e
		}
	}
	for _, event := range page.Of(account.Type) {
		received, ok := event.Fact.(account.MoneyReceived)
		if !ok || recorded[received.Payment].Gateway != "" {
			continue
		}
		made := manualPayment(event.Stream.Entity(), received, recorded[received.Payment], event.EffectiveAt)
		state, err := engine.Encode(made)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO payments (ledger_id, id, made, workspace, invoice, gateway, status, version, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
			[16]byte(page.Ledger), made.ID, event.Position, made.Workspace, made.Invoice, GatewayManual, string(made.Status()), state)
	}
	return nil
}

// manualPayment gives money that was recorded by hand the form of a payment. Before payments had names nothing was recorded with it.
func manualPayment(workspace string, received account.MoneyReceived, recorded invoice.PaymentRecorded, at time.Time) payment.State {
	paidAt := at
	if recorded.Payment != "" {
		paidAt = recorded.PaidAt
	}
	return payment.State{
		Started: payment.Started{
			ID: received.Payment, Workspace: workspace, Invoice: received.Invoice, Currency: received.Amount.Currency(), CreatedAt: at,
		},
		Attempts: []payment.Attempt{{
			Attempted: payment.Attempted{N: 1, Gateway: GatewayManual, Amount: received.Amount, RequestedAt: at}, Status: payment.StatusSucceeded,
			Reference: recorded.Reference, SettlesAt: &paidAt, AnsweredAt: &paidAt,
		}},
	}
}

// followPayments folds what happened to payments.
func followPayments(ctx context.Context, tx pgx.Tx, page engine.Page, batch *pgx.Batch) error {
	events := page.Of(payment.Type)
	if len(events) == 0 {
		return nil
	}
	ids := entities(events)
	known, err := engine.List(ctx, tx, "read payments", scanPayment, `
		SELECT `+paymentColumns+`
		FROM payments p
		WHERE ledger_id = $1 AND id = ANY ($2)`, [16]byte(page.Ledger), ids)
	if err != nil {
		return err
	}
	payments := make(map[string]Payment, len(ids))
	for _, p := range known {
		payments[p.State.ID] = p
	}
	for _, event := range events {
		found := payments[event.Stream.Entity()]
		if found.Version == 0 {
			found.Made = event.Position
		}
		found.State, found.Version = payment.Evolve(found.State, event.Fact), event.Version
		payments[event.Stream.Entity()] = found
	}
	if err := followDisputes(page.Ledger, events, payments, batch); err != nil {
		return err
	}
	for _, id := range ids {
		found := payments[id]
		state, err := engine.Encode(found.State)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO payments (ledger_id, id, made, workspace, invoice, gateway, status, version, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET gateway = excluded.gateway,
			    status  = excluded.status,
			    version = excluded.version,
			    state   = excluded.state`,
			[16]byte(page.Ledger), id, found.Made, found.State.Workspace, found.State.Invoice, found.State.Last().Gateway,
			string(found.State.Status()), found.Version, state)
		for _, attempt := range found.State.Attempts {
			if attempt.Reference == "" {
				continue
			}
			batch.Queue(`
				INSERT INTO charges (ledger_id, payment, attempt, gateway, reference)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (ledger_id, payment, attempt) DO UPDATE
				SET reference = excluded.reference`, [16]byte(page.Ledger), id, attempt.N, attempt.Gateway, attempt.Reference)
		}
	}
	return nil
}
