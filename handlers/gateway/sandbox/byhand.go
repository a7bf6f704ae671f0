package sandbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// RefundByHand sends money of a charge back though nobody asked for it, once for each key, and tells it unless it is silent. It
// refuses with charge_not_found, charge_not_succeeded, charge_disputed, or its field: refund_exceeds_charge.
func (g *Gateway) RefundByHand(ctx context.Context, ledger eventstore.Ledger, id string, amount money.Amount, silent bool, key string) (shown Charge, err error) {
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return shown, err
	}
	var made charge
	err = pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		of, err := taken(ctx, tx, ledger.ID, id, now)
		if err != nil {
			return err
		}
		made = newRefund(of, gateway.Refund{Key: byHand("re_", ledger.ID, key), Payment: of.Payment, Workspace: of.Workspace, Charge: of.ID, Amount: amount}, now)
		made.ID, made.Refund, made.Requests, made.SucceedsAt = made.Key, nil, 0, &now
		if known, err := findCharge(ctx, tx, ledger.ID, made.ID); err == nil {
			made = known
			return nil
		}
		left, err := leftOf(ctx, tx, ledger.ID, of)
		if err != nil {
			return err
		}
		if amount.Currency() != left.Currency() || amount.Sign() <= 0 || amount.Minus(left).Sign() > 0 {
			return domain.InvalidField("/amount", "refund_exceeds_charge", "amount must be more than 0, and at most the %v that is left of the charge", left)
		}
		if _, status, err := disputeOf(ctx, tx, ledger.ID, of.ID, now); err != nil || status == payment.DisputeOpen || status == payment.DisputeLost {
			if err == nil {
				err = domain.Conflict("charge_disputed", "the charge is disputed")
			}
			return err
		}
		if err := made.save(ctx, tx, ledger.ID); err != nil || silent {
			return err
		}
		return announce(ctx, tx, ledger.ID, newsRefund, made.ID, now)
	})
	return made.shown(now), err
}

// RemoveMethod loses a payment method, without telling anybody. It refuses with payment_method_not_found.
func (g *Gateway) RemoveMethod(ctx context.Context, ledger eventstore.Ledger, id string) error {
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return err
	}
	_, err = g.pool.Exec(ctx, `
		INSERT INTO tallystick.sandbox_methods (ledger_id, method_id, charges, removed_at)
		VALUES ($1, $2, 0, $3)
		ON CONFLICT (ledger_id, method_id) DO UPDATE
		SET removed_at = excluded.removed_at`, [16]byte(ledger.ID), id, now)
	if err != nil {
		return fmt.Errorf("remove a payment method of the sandbox gateway: %w", err)
	}
	return nil
}
