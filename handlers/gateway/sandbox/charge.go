package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Kind tells what the gateway was asked for with a key.
type Kind string

const (
	KindCharge Kind = "charge"
	KindRefund Kind = "refund"
)

// Kinds lists all of them.
var Kinds = []Kind{KindCharge, KindRefund}

// charge holds what the gateway knows of one key. A refund is kept like a charge.
type charge struct {
	ID         string
	Position   int64
	Kind       Kind
	Key        string
	Payment    string
	Refund     *string // of those who asked; nil of a charge, and of a refund that nobody asked for
	Refunds    *string // the charge that a refund is of
	Decline    *string // the code of why a refund failed
	ReturnedAt *time.Time
	Workspace  string
	Token      string
	Part       string
	Amount     money.Amount
	Fee        money.Amount
	SucceedsAt *time.Time
	FailsAt    *time.Time
	SettlesAt  time.Time
	Requests   int
	Lookups    int
	FirstAt    time.Time
	LastAt     time.Time
}

func newCharge(c gateway.Charge, part string, s Settings, now time.Time) (made charge, err error) {
	behaves, taken := behaviours[part], now
	made = charge{
		ID: "ch_" + uuid.Must(uuid.NewV7()).String(), Kind: KindCharge, Key: c.Key, Payment: c.Payment, Workspace: c.Workspace, Token: c.Token, Part: part,
		Amount: c.Amount, Requests: 1, FirstAt: now, LastAt: now,
	}
	if behaves.succeeds != nil {
		taken = now.Add(*behaves.succeeds)
		made.SucceedsAt = &taken
	}
	if behaves.fails != nil {
		made.FailsAt = new(now.Add(*behaves.fails))
	}
	if behaves.returned {
		made.ReturnedAt = new(taken.Add(returnTime))
	}
	made.SettlesAt = s.settled(taken)
	made.Fee, err = s.fee(c.Amount)
	return made, err
}

// answer tells how the charge stands at an instant.
func (c charge) answer(now time.Time) payment.Answer {
	a := payment.Answer{Reference: c.ID}
	switch {
	case c.SucceedsAt != nil && !now.Before(*c.SucceedsAt):
		a.Status, a.Fee, a.SettlesAt = payment.StatusSucceeded, &c.Fee, &c.SettlesAt
	case c.FailsAt != nil && !now.Before(*c.FailsAt):
		a.Status, a.Failure = payment.StatusFailed, new(c.failure())
	case behaviours[c.Part].acts:
		a.Status, a.NextAction = payment.StatusRequiresAction, &payment.NextAction{ExpiresAt: *c.FailsAt}
	default:
		a.Status = payment.StatusProcessing
	}
	return a
}

// returned reports whether the bank has the money back.
func (c charge) returned(now time.Time) bool {
	return c.ReturnedAt != nil && !now.Before(*c.ReturnedAt)
}

// Outcome names how a charge stands at the gateway.
type Outcome string

const (
	OutcomeProcessing     Outcome = "processing"
	OutcomeRequiresAction Outcome = "requires_action" // of the customer
	OutcomeSucceeded      Outcome = "succeeded"
	OutcomeFailed         Outcome = "failed"
	OutcomeLost           Outcome = "lost" // it never arrived
)

// Outcomes lists all of them.
var Outcomes = []Outcome{OutcomeProcessing, OutcomeRequiresAction, OutcomeSucceeded, OutcomeFailed, OutcomeLost}

// outcome names how the charge stands, also where the gateway never told.
func (c charge) outcome(now time.Time) Outcome {
	if c.SucceedsAt == nil && c.FailsAt == nil {
		return OutcomeLost
	}
	return Outcome(c.answer(now).Status)
}

const chargeColumns = `charge_id, position, kind, key, payment, refund, refunds, decline, returned_at, workspace, token, part, amount::text, currency, fee::text, succeeds_at, fails_at,
	settles_at, requests, lookups, first_at, last_at`

func scanCharge(row pgx.CollectableRow) (c charge, err error) {
	var amount, fee string
	var currency money.Currency
	if err := row.Scan(&c.ID, &c.Position, &c.Kind, &c.Key, &c.Payment, &c.Refund, &c.Refunds, &c.Decline, &c.ReturnedAt, &c.Workspace, &c.Token, &c.Part, &amount, &currency, &fee, &c.SucceedsAt, &c.FailsAt,
		&c.SettlesAt, &c.Requests, &c.Lookups, &c.FirstAt, &c.LastAt); err != nil {
		return c, err
	}
	c.SettlesAt, c.FirstAt, c.LastAt = c.SettlesAt.UTC(), c.FirstAt.UTC(), c.LastAt.UTC()
	if c.Amount, err = money.ParseStored(currency, amount); err != nil {
		return c, err
	}
	c.Fee, err = money.ParseStored(currency, fee)
	return c, err
}

// one reads the charge that a statement gives back, if it gives one.
func one(rows pgx.Rows, err error, what string) (c charge, ok bool, _ error) {
	if err == nil {
		c, err = pgx.CollectExactlyOneRow(rows, scanCharge)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("%s: %w", what, err)
	}
	return c, true, nil
}

// repeat counts that a charge was asked for again, where it is known.
func repeat(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, key string, now time.Time) (charge, bool, error) {
	rows, err := tx.Query(ctx, `
		UPDATE tallystick.sandbox_charges
		SET requests = requests + 1, last_at = $3
		WHERE ledger_id = $1 AND key = $2
		RETURNING `+chargeColumns, [16]byte(ledger), key, now)
	return one(rows, err, "repeat a charge of the sandbox gateway")
}

// look counts that it was asked how a charge went, and finds it.
func look(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, key string) (charge, bool, error) {
	rows, err := db.Query(ctx, `
		UPDATE tallystick.sandbox_charges
		SET lookups = lookups + 1
		WHERE ledger_id = $1 AND key = $2
		RETURNING `+chargeColumns, [16]byte(ledger), key)
	return one(rows, err, "look a charge of the sandbox gateway up")
}

// saving writes a new charge.
const saving = `
		INSERT INTO tallystick.sandbox_charges AS c (ledger_id, charge_id, key, payment, workspace, token, part, amount, currency, fee, succeeds_at,
			fails_at, settles_at, requests, lookups, first_at, last_at, kind, refund, refunds, decline, returned_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9, $10::text::numeric, $11, $12, $13, $14, 0, $15, $15, $16, $17, $18, $19, $20)`

func (c charge) values(ledger uuid.UUID) []any {
	return []any{
		[16]byte(ledger), c.ID, c.Key, c.Payment, c.Workspace, c.Token, c.Part, c.Amount.Plain(), string(c.Amount.Currency()), c.Fee.Plain(),
		c.SucceedsAt, c.FailsAt, c.SettlesAt, c.Requests, c.FirstAt, string(c.Kind), c.Refund, c.Refunds, c.Decline, c.ReturnedAt,
	}
}

func (c charge) save(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) error {
	if _, err := tx.Exec(ctx, saving, c.values(ledger)...); err != nil {
		return fmt.Errorf("write a charge of the sandbox gateway: %w", err)
	}
	return nil
}

// saveOrRepeat writes a new charge, or does what repeat does of the one that has its key, in one round trip.
func (c charge) saveOrRepeat(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) (charge, error) {
	rows, err := db.Query(ctx, saving+`
		ON CONFLICT (ledger_id, key) DO UPDATE
		SET requests = c.requests + 1, last_at = excluded.last_at
		RETURNING `+chargeColumns, c.values(ledger)...)
	saved, _, err := one(rows, err, "write a charge of the sandbox gateway")
	return saved, err
}
