package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
)

// Charge tells what the gateway was asked with one key, and what came of it.
type Charge struct {
	ID        string
	Position  int64 // charges are listed in this order
	Kind      Kind
	Key       string
	Payment   string
	Refund    *string // nil of a charge, and of a refund that nobody asked for
	Workspace string
	Token     string
	Amount    money.Amount
	Outcome   Outcome
	Requests  int
	Lookups   int
	FirstAt   time.Time
	LastAt    time.Time
}

// Filter chooses charges. The zero value chooses all.
type Filter struct {
	Workspace string
	Payment   string
	Refund    string
}

// Charges lists at most limit charges in the order in which they were first asked for, from behind the one at after.
func (g *Gateway) Charges(ctx context.Context, ledger uuid.UUID, filter Filter, now time.Time, after int64, limit int) ([]Charge, error) {
	rows, err := g.pool.Query(ctx, `
		SELECT `+chargeColumns+`
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND position > $2 AND $3 IN ('', workspace) AND $4 IN ('', payment) AND $5 IN ('', coalesce(refund, ''))
		ORDER BY position
		LIMIT $6`, [16]byte(ledger), after, filter.Workspace, filter.Payment, filter.Refund, limit)
	if err != nil {
		return nil, fmt.Errorf("list the sandbox gateway's charges: %w", err)
	}
	listed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Charge, error) {
		c, err := scanCharge(row)
		return c.shown(now), err
	})
	if err != nil {
		return nil, fmt.Errorf("list the sandbox gateway's charges: %w", err)
	}
	return listed, nil
}

// shown tells of a charge or a refund as it stands at an instant.
func (c charge) shown(now time.Time) Charge {
	return Charge{
		ID: c.ID, Position: c.Position, Kind: c.Kind, Key: c.Key, Payment: c.Payment, Refund: c.Refund, Workspace: c.Workspace, Token: c.Token,
		Amount: c.Amount, Outcome: c.outcome(now), Requests: c.Requests, Lookups: c.Lookups, FirstAt: c.FirstAt, LastAt: c.LastAt,
	}
}

// Totals add up what the gateway was asked, took and sent back.
type Totals struct {
	ChargeRequests int64
	RefundRequests int64
	Lookups        int64
	Captured       []money.Amount // by currency
	Refunded       []money.Amount
	Disputed       []money.Amount // whatever became of it
	Returned       []money.Amount
}

// Totals adds up what a ledger asked for, as it stands at an instant.
func (g *Gateway) Totals(ctx context.Context, ledger uuid.UUID, now time.Time) (t Totals, err error) {
	rows, err := g.pool.Query(ctx, `
		SELECT currency, coalesce(sum(requests) FILTER (WHERE kind = 'charge'), 0), coalesce(sum(requests) FILTER (WHERE kind = 'refund'), 0),
		       sum(lookups), coalesce(sum(amount) FILTER (WHERE kind = 'charge' AND succeeds_at <= $2), 0)::text,
		       coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND succeeds_at <= $2), 0)::text,
		       coalesce(sum(left_of) FILTER (WHERE disputed), 0)::text,
		       coalesce(sum(left_of) FILTER (WHERE returned_at <= $2), 0)::text
		FROM (
			SELECT c.*, c.amount - coalesce((
					SELECT sum(r.amount)
					FROM tallystick.sandbox_charges r
					WHERE r.ledger_id = c.ledger_id AND r.refunds = c.charge_id AND r.decline IS NULL), 0) AS left_of,
				EXISTS (
					SELECT
					FROM tallystick.sandbox_disputes d
					WHERE d.ledger_id = c.ledger_id AND d.charge_id = c.charge_id AND d.opened_at <= $2) AS disputed
			FROM tallystick.sandbox_charges c
			WHERE c.ledger_id = $1
		) AS c
		GROUP BY currency
		ORDER BY currency`, [16]byte(ledger), now)
	if err != nil {
		return t, fmt.Errorf("add the sandbox gateway's charges up: %w", err)
	}
	var currency money.Currency
	var charges, refunds, lookups int64
	var captured, refunded, disputed, returned string
	_, err = pgx.ForEachRow(rows, []any{&currency, &charges, &refunds, &lookups, &captured, &refunded, &disputed, &returned}, func() error {
		t.ChargeRequests, t.RefundRequests, t.Lookups = t.ChargeRequests+charges, t.RefundRequests+refunds, t.Lookups+lookups
		return errors.Join(addPositive(&t.Captured, currency, captured), addPositive(&t.Refunded, currency, refunded),
			addPositive(&t.Disputed, currency, disputed), addPositive(&t.Returned, currency, returned))
	})
	if err != nil {
		return t, fmt.Errorf("add the sandbox gateway's charges up: %w", err)
	}
	return t, nil
}

// addPositive adds an amount to a list, unless it is nothing.
func addPositive(to *[]money.Amount, currency money.Currency, stored string) error {
	sum, err := money.ParseStored(currency, stored)
	if sum.Sign() > 0 {
		*to = append(*to, sum)
	}
	return err
}
