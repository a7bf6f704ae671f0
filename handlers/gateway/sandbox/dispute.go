package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
)

// Dispute is a dispute of a charge, with the payment that the charge was for.
type Dispute struct {
	payment.Dispute
	Payment   string
	Workspace string
}

// evidenceTime bounds how long evidence is taken.
const evidenceTime = 7 * 24 * time.Hour

// reasonDefault stands for a reason that was not given.
const reasonDefault = "fraudulent"

// openDispute has the customer dispute a charge from an instant on.
func openDispute(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id, charge, reason string, at time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tallystick.sandbox_disputes (ledger_id, dispute_id, charge_id, reason, status, opened_at, evidence_due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		[16]byte(ledger), id, charge, reason, string(payment.DisputeOpen), at, at.Add(evidenceTime))
	if err != nil {
		return fmt.Errorf("write a dispute of the sandbox gateway: %w", err)
	}
	return announce(ctx, tx, ledger, newsDispute, id, at)
}

const disputeColumns = `dispute_id, reason, status, opened_at, evidence_due_at, closed_at`

// disputeFields gives the places of a dispute's columns.
func disputeFields(d *payment.Dispute) []any {
	return []any{&d.ID, &d.Reason, &d.Status, &d.OpenedAt, &d.EvidenceDueAt, &d.ClosedAt}
}

// inUTC gives a dispute as it was read with its times in UTC.
func inUTC(d payment.Dispute) payment.Dispute {
	d.OpenedAt, d.EvidenceDueAt = d.OpenedAt.UTC(), new(d.EvidenceDueAt.UTC())
	if d.ClosedAt != nil {
		d.ClosedAt = new(d.ClosedAt.UTC())
	}
	return d
}

func findDispute(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, id string) (d Dispute, err error) {
	var of string
	err = db.QueryRow(ctx, `
		SELECT charge_id, `+disputeColumns+`
		FROM tallystick.sandbox_disputes
		WHERE ledger_id = $1 AND dispute_id = $2`, [16]byte(ledger), id).Scan(append([]any{&of}, disputeFields(&d.Dispute)...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, domain.NotFound("dispute_not_found", "the gateway has no such dispute")
	}
	if err != nil {
		return d, fmt.Errorf("find a dispute of the sandbox gateway: %w", err)
	}
	d.Dispute = inUTC(d.Dispute)
	c, err := findCharge(ctx, db, ledger, of)
	if err != nil {
		return d, err
	}
	d.Payment, d.Workspace, d.N = c.Payment, c.Workspace, c.attempt()
	d.Amount, err = leftOf(ctx, db, ledger, c)
	return d, err
}

// disputeOf finds the dispute of a charge by an instant; nothing is of one that nobody disputes.
func disputeOf(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, charge string, now time.Time) (id string, status payment.DisputeStatus, err error) {
	err = db.QueryRow(ctx, `
		SELECT dispute_id, status
		FROM tallystick.sandbox_disputes
		WHERE ledger_id = $1 AND charge_id = $2 AND opened_at <= $3`, [16]byte(ledger), charge, now).Scan(&id, &status)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", "", fmt.Errorf("find the dispute of a charge: %w", err)
	}
	return id, status, nil
}

// byHand makes the id of what somebody does at the gateway with an idempotency key, so that a repeat finds it.
func byHand(prefix string, ledger uuid.UUID, key string) string {
	return prefix + uuid.NewSHA1(ledger, []byte("sandbox "+prefix+key)).String()
}

// Dispute has the customer dispute a charge now, once for each key. It refuses with charge_not_found, charge_not_succeeded or
// charge_disputed.
func (g *Gateway) Dispute(ctx context.Context, ledger eventstore.Ledger, charge, reason, key string) (d Dispute, err error) {
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return d, err
	}
	id := byHand("dp_", ledger.ID, key)
	err = pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		of, err := taken(ctx, tx, ledger.ID, charge, now)
		if err != nil {
			return err
		}
		known, _, err := disputeOf(ctx, tx, ledger.ID, of.ID, now)
		switch {
		case err != nil || known == id:
			return err
		case known != "":
			return domain.Conflict("charge_disputed", "the charge is disputed already").With("dispute", known)
		}
		if reason == "" {
			reason = reasonDefault
		}
		return openDispute(ctx, tx, ledger.ID, id, of.ID, reason, now)
	})
	if err != nil {
		return d, err
	}
	return findDispute(ctx, g.pool, ledger.ID, id)
}

// CloseDispute ends a dispute. It refuses with dispute_not_found or dispute_closed.
func (g *Gateway) CloseDispute(ctx context.Context, ledger eventstore.Ledger, id string, outcome payment.DisputeStatus) (d Dispute, err error) {
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return d, err
	}
	err = pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		closed, err := tx.Exec(ctx, `
			UPDATE tallystick.sandbox_disputes
			SET status    = $3,
			    closed_at = $4
			WHERE ledger_id = $1 AND dispute_id = $2 AND status = 'open' AND opened_at <= $4`, [16]byte(ledger.ID), id, string(outcome), now)
		if err != nil {
			return fmt.Errorf("close a dispute of the sandbox gateway: %w", err)
		}
		if closed.RowsAffected() > 0 {
			return announce(ctx, tx, ledger.ID, newsDispute, id, now)
		}
		known, err := findDispute(ctx, tx, ledger.ID, id)
		if err == nil && known.Status != outcome {
			err = domain.Conflict("dispute_closed", "the dispute is %s", known.Status)
		}
		return err
	})
	if err != nil {
		return d, err
	}
	return findDispute(ctx, g.pool, ledger.ID, id)
}

// taken finds a charge that the gateway took money by, and keeps others from changing it meanwhile. It refuses with
// charge_not_found or charge_not_succeeded.
func taken(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string, now time.Time) (charge, error) {
	of, ok, err := lockCharge(ctx, tx, ledger, id)
	switch {
	case err != nil:
		return of, err
	case !ok:
		return of, domain.NotFound("charge_not_found", "the gateway has no such charge")
	case of.outcome(now) != OutcomeSucceeded || of.returned(now):
		return of, domain.Conflict("charge_not_succeeded", "the gateway took no money by the charge, or it is gone")
	}
	return of, nil
}
