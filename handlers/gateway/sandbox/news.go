package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// newsKind tells what happened.
type newsKind string

const (
	newsReturned newsKind = "returned" // of a charge
	newsDispute  newsKind = "dispute"
	newsRefund   newsKind = "refund"
)

// announce notes what is to be told from an instant on.
func announce(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, kind newsKind, subject string, at time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tallystick.sandbox_news (ledger_id, news_id, due_at, kind, subject)
		VALUES ($1, $2, $3, $4, $5)`, [16]byte(ledger), uuid.Must(uuid.NewV7()).String(), at, string(kind), subject)
	if err != nil {
		return fmt.Errorf("write news of the sandbox gateway: %w", err)
	}
	return nil
}

// Announced lists at most limit news up to an instant that were not heard yet, the earliest first.
func (g *Gateway) Announced(ctx context.Context, ledger uuid.UUID, until time.Time, limit int) ([]gateway.Due, error) {
	rows, err := g.pool.Query(ctx, `
		SELECT news_id, due_at
		FROM tallystick.sandbox_news
		WHERE ledger_id = $1 AND due_at <= $2
		ORDER BY due_at, news_id
		LIMIT $3`, [16]byte(ledger), until, limit)
	if err != nil {
		return nil, fmt.Errorf("list news of the sandbox gateway: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (due gateway.Due, err error) {
		err = row.Scan(&due.ID, &due.At)
		due.At = due.At.UTC()
		return due, err
	})
	if err != nil {
		return nil, fmt.Errorf("list news of the sandbox gateway: %w", err)
	}
	return all, nil
}

// Heard forgets news.
func (g *Gateway) Heard(ctx context.Context, ledger uuid.UUID, id string) error {
	_, err := g.pool.Exec(ctx, `
		DELETE FROM tallystick.sandbox_news
		WHERE ledger_id = $1 AND news_id = $2`, [16]byte(ledger), id)
	if err != nil {
		return fmt.Errorf("forget news of the sandbox gateway: %w", err)
	}
	return nil
}

// Tell gives news as they stand; ok is false where they were heard.
func (g *Gateway) Tell(ctx context.Context, ledger uuid.UUID, id string) (news gateway.News, ok bool, err error) {
	var kind newsKind
	var subject string
	err = g.pool.QueryRow(ctx, `
		SELECT kind, subject
		FROM tallystick.sandbox_news
		WHERE ledger_id = $1 AND news_id = $2`, [16]byte(ledger), id).Scan(&kind, &subject)
	if errors.Is(err, pgx.ErrNoRows) {
		return news, false, nil
	}
	if err != nil {
		return news, false, fmt.Errorf("read news of the sandbox gateway: %w", err)
	}
	switch kind {
	case newsReturned:
		return g.tellReturned(ctx, ledger, subject)
	case newsDispute:
		d, err := findDispute(ctx, g.pool, ledger, subject)
		return gateway.News{Payment: d.Payment, Dispute: &d.Dispute}, err == nil, err
	case newsRefund:
	}
	made, err := findCharge(ctx, g.pool, ledger, subject)
	if err != nil {
		return news, false, err
	}
	of, err := findCharge(ctx, g.pool, ledger, *made.Refunds)
	return gateway.News{Payment: made.Payment, Refund: &gateway.ForeignRefund{N: of.attempt(), Reference: made.ID, Amount: made.Amount}}, err == nil, err
}

// tellReturned tells that what is left of a charge is gone.
func (g *Gateway) tellReturned(ctx context.Context, ledger uuid.UUID, id string) (news gateway.News, ok bool, err error) {
	c, err := findCharge(ctx, g.pool, ledger, id)
	if err != nil {
		return news, false, err
	}
	left, err := leftOf(ctx, g.pool, ledger, c)
	return gateway.News{Payment: c.Payment, Reverse: c.reversal(left)}, err == nil, err
}

// reversal tells that what is left of a charge is gone; nil where nothing is left.
func (c charge) reversal(left money.Amount) *payment.Reverse {
	if left.Sign() <= 0 {
		return nil
	}
	return &payment.Reverse{N: c.attempt(), Reference: c.ID, Amount: left, Reason: payment.ReasonReturned}
}

// attempt gives the number of the attempt that a charge's key names.
func (c charge) attempt() int {
	_, n, _ := strings.Cut(c.Key, ":")
	number, err := strconv.Atoi(n)
	if err != nil {
		return 1 // not one of ours
	}
	return number
}

func findCharge(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, id string) (charge, error) {
	rows, err := db.Query(ctx, `
		SELECT `+chargeColumns+`
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND charge_id = $2`, [16]byte(ledger), id)
	found, ok, err := one(rows, err, "find a charge of the sandbox gateway")
	if err == nil && !ok {
		err = fmt.Errorf("the sandbox gateway has no charge %s", id)
	}
	return found, err
}
