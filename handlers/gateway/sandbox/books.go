package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// KnownCharges lists the charges that arrived, with what became of them.
func (g *Gateway) KnownCharges(ctx context.Context, ledger eventstore.Ledger, workspace string) ([]gateway.KnownCharge, error) {
	if _, err := g.reach(ctx, ledger); err != nil {
		return nil, err
	}
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return nil, err
	}
	return known(ctx, g.pool, ledger.ID, workspace, now)
}

// known lists what the gateway knows by an instant.
func known(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, workspace string, now time.Time) ([]gateway.KnownCharge, error) {
	rows, err := db.Query(ctx, `
		SELECT `+chargeColumns+`
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND $2 IN ('', workspace)
		ORDER BY position`, [16]byte(ledger), workspace)
	if err != nil {
		return nil, fmt.Errorf("list what the sandbox gateway knows: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanCharge)
	if err != nil {
		return nil, fmt.Errorf("list what the sandbox gateway knows: %w", err)
	}
	books := listing{now: now, places: map[string]int{}, left: map[string]money.Amount{}}
	for _, c := range all {
		books.add(c)
	}
	if err := addDisputes(ctx, db, ledger, &books); err != nil {
		return nil, err
	}
	for _, c := range all {
		if at, ok := books.places[c.ID]; ok && c.returned(now) {
			books.charges[at].Gone = c.reversal(books.left[c.ID])
		}
	}
	return books.charges, nil
}

// listing gathers charges with what became of them.
type listing struct {
	now     time.Time
	charges []gateway.KnownCharge
	places  map[string]int          // of the charges, by their ids
	left    map[string]money.Amount // that has not gone back of them
}

// add adds a charge, or a refund to the charge before it.
func (l *listing) add(c charge) {
	switch of := domain.Or(c.Refunds, ""); {
	case c.Kind == KindCharge && c.outcome(l.now) != OutcomeLost:
		shown := gateway.KnownCharge{Payment: c.Payment, Workspace: c.Workspace, Amount: c.Amount, Answer: c.answer(l.now)}
		shown.Answer.N = c.attempt()
		l.places[c.ID], l.left[c.ID] = len(l.charges), c.Amount
		l.charges = append(l.charges, shown)
	case c.Kind == KindRefund && l.has(of):
		made := gateway.KnownRefund{Refund: domain.Or(c.Refund, ""), Amount: c.Amount, Answer: c.refundAnswer()}
		made.Answer.N = c.attempt()
		at := l.places[of]
		l.charges[at].Refunds = append(l.charges[at].Refunds, made)
		if made.Answer.Status == refund.AttemptSucceeded {
			l.left[of] = l.left[of].Minus(c.Amount)
		}
	}
}

func (l *listing) has(charge string) bool {
	_, ok := l.places[charge]
	return ok
}

// addDisputes adds the disputes that are open by now, or were.
func addDisputes(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, l *listing) error {
	rows, err := db.Query(ctx, `
		SELECT charge_id, `+disputeColumns+`
		FROM tallystick.sandbox_disputes
		WHERE ledger_id = $1 AND opened_at <= $2
		ORDER BY opened_at, dispute_id`, [16]byte(ledger), l.now)
	if err != nil {
		return fmt.Errorf("list the disputes of the sandbox gateway: %w", err)
	}
	var of string
	var d payment.Dispute
	_, err = pgx.ForEachRow(rows, append([]any{&of}, disputeFields(&d)...), func() error {
		if !l.has(of) {
			return nil
		}
		at := l.places[of]
		told := inUTC(d)
		told.N, told.Amount = l.charges[at].Answer.N, l.left[of]
		l.charges[at].Disputes = append(l.charges[at].Disputes, told)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the disputes of the sandbox gateway: %w", err)
	}
	return nil
}

// HasMethod reports whether the gateway still has a payment method.
func (g *Gateway) HasMethod(ctx context.Context, ledger eventstore.Ledger, m paymentmethod.Method) (has bool, err error) {
	err = g.pool.QueryRow(ctx, `
		SELECT NOT EXISTS (
			SELECT
			FROM tallystick.sandbox_methods
			WHERE ledger_id = $1 AND method_id = $2 AND removed_at IS NOT NULL)`, [16]byte(ledger.ID), m.ID).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look a payment method of the sandbox gateway up: %w", err)
	}
	return has, nil
}
