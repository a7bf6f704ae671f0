package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
)

// Charge is what the gateway was asked with one key, and what came of it.
type Charge struct {
	ID        string
	Position  int64 // charges are listed in this order
	Key       string
	Payment   string
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
}

// Charges lists at most limit charges in the order in which they were first asked for, from behind the one at after.
func (g *Gateway) Charges(ctx context.Context, ledger uuid.UUID, filter Filter, now time.Time, after int64, limit int) ([]Charge, error) {
	rows, err := g.pool.Query(ctx, `
		SELECT `+chargeColumns+`
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND position > $2 AND $3 IN ('', workspace) AND $4 IN ('', payment)
		ORDER BY position
		LIMIT $5`, [16]byte(ledger), after, filter.Workspace, filter.Payment, limit)
	if err != nil {
		return nil, fmt.Errorf("list the sandbox gateway's charges: %w", err)
	}
	listed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Charge, error) {
		c, err := scanCharge(row)
		return Charge{
			ID: c.ID, Position: c.Position, Key: c.Key, Payment: c.Payment, Workspace: c.Workspace, Token: c.Token, Amount: c.Amount,
			Outcome: c.outcome(now), Requests: c.Requests, Lookups: c.Lookups, FirstAt: c.FirstAt, LastAt: c.LastAt,
		}, err
	})
	if err != nil {
		return nil, fmt.Errorf("list the sandbox gateway's charges: %w", err)
	}
	return listed, nil
}

// Totals add up what the gateway was asked, and took.
type Totals struct {
	ChargeRequests int64
	Lookups        int64
	Captured       []money.Amount // by currency
}

// Totals adds up the charges of a ledger as they stand at an instant.
func (g *Gateway) Totals(ctx context.Context, ledger uuid.UUID, now time.Time) (t Totals, err error) {
	rows, err := g.pool.Query(ctx, `
		SELECT currency, sum(requests), sum(lookups), coalesce(sum(amount) FILTER (WHERE succeeds_at <= $2), 0)::text
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1
		GROUP BY currency
		ORDER BY currency`, [16]byte(ledger), now)
	if err != nil {
		return t, fmt.Errorf("add the sandbox gateway's charges up: %w", err)
	}
	var currency money.Currency
	var requests, lookups int64
	var captured string
	_, err = pgx.ForEachRow(rows, []any{&currency, &requests, &lookups, &captured}, func() error {
		t.ChargeRequests, t.Lookups = t.ChargeRequests+requests, t.Lookups+lookups
		sum, err := money.ParseStored(currency, captured)
		if sum.Sign() > 0 {
			t.Captured = append(t.Captured, sum)
		}
		return err
	})
	if err != nil {
		return t, fmt.Errorf("add the sandbox gateway's charges up: %w", err)
	}
	return t, nil
}
