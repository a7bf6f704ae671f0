package projections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/projections/engine"
)

// Dunning shows what becomes of a plan that is not paid.
type Dunning struct {
	subscription.Dunning
	Attempts      int // to collect the invoices
	NextAttemptAt *time.Time
	Retries       Retries
	LastFailure   *payment.Failure // nil where no attempt failed
}

// Retries tells whether the money for what is not paid is tried to be collected again by itself.
type Retries string

const (
	RetriesRunning = Retries(payment.RetriesRunning)
	RetriesStopped = Retries(payment.RetriesStopped)
	RetriesDone    = Retries(payment.RetriesDone)
	RetriesNone    = Retries("none") // nothing was tried
)

// AllRetries lists all of them.
var AllRetries = []Retries{RetriesRunning, RetriesStopped, RetriesDone, RetriesNone}

// findDunning adds what was tried to collect the invoices; nil where nothing is overdue.
func findDunning(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, overdue *subscription.Dunning) (*Dunning, error) {
	if overdue == nil {
		return nil, nil
	}
	payments, err := engine.List(ctx, tx, "read the payments of "+workspace, scanCollection, `
		SELECT payment
		FROM collections
		WHERE ledger_id = $1 AND workspace = $2 AND invoice = ANY ($3)
		ORDER BY id`, [16]byte(ledger), workspace, overdue.Invoices)
	d := Dunning{Dunning: *overdue, Retries: RetriesNone}
	var failedAt time.Time
	for _, p := range payments {
		d.Attempts += len(p.Attempts)
		if at, ok := p.RetryAt(); ok && (d.NextAttemptAt == nil || at.Before(*d.NextAttemptAt)) {
			d.NextAttemptAt = &at
		}
		for _, a := range p.Attempts {
			if a.Failure != nil && a.AnsweredAt != nil && !a.AnsweredAt.Before(failedAt) {
				failedAt, d.LastFailure = *a.AnsweredAt, a.Failure
			}
		}
		d.Retries = d.Retries.and(p)
	}
	return &d, err
}

// and adds a payment: what goes on counts before what waits for another payment method, and that before what is over.
func (r Retries) and(p payment.State) Retries {
	of := Retries(p.Last().Retries)
	if p.Open() {
		of = RetriesRunning
	}
	if at := slices.Index(AllRetries, of); at >= 0 && at < slices.Index(AllRetries, r) {
		return of
	}
	return r
}

func scanCollection(row pgx.CollectableRow) (p payment.State, err error) {
	var stored []byte
	if err := row.Scan(&stored); err != nil {
		return p, err
	}
	return p, engine.Decode(stored, &p)
}

// followCollections keeps the payments that no money came of yet.
func followCollections(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(payment.Type)
	if len(events) == 0 {
		return nil
	}
	ids := entities(events)
	known, err := engine.List(ctx, tx, "read payments", scanCollection, `
		SELECT payment
		FROM collections
		WHERE ledger_id = $1 AND id = ANY ($2)`, [16]byte(page.Ledger), ids)
	if err != nil {
		return err
	}
	payments := make(map[string]payment.State, len(ids))
	for _, p := range known {
		payments[p.ID] = p
	}
	for _, event := range events {
		_, begins := event.Fact.(payment.Started)
		if p := payments[event.Stream.Entity()]; begins || p.ID != "" {
			payments[event.Stream.Entity()] = payment.Evolve(p, event.Fact)
		}
	}
	batch := &pgx.Batch{}
	for _, id := range ids {
		p := payments[id]
		if p.ID == "" || p.Leading().Status == payment.StatusSucceeded { // also where the money is gone again
			batch.Queue(`DELETE FROM collections WHERE ledger_id = $1 AND id = $2`, [16]byte(page.Ledger), id)
			continue
		}
		encoded, err := engine.Encode(p)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO collections (ledger_id, id, workspace, invoice, payment)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET payment = excluded.payment`, [16]byte(page.Ledger), id, p.Workspace, p.Invoice, encoded)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write payments of plans: %w", err)
	}
	return nil
}
