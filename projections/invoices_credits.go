package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// CreditKind tells what became of credit.
type CreditKind string

const (
	CreditGranted  CreditKind = "granted"
	CreditApplied  CreditKind = "applied"  // to an invoice
	CreditRefunded CreditKind = "refunded" // it is to be paid back
	CreditReversed CreditKind = "reversed" // the money that it came of is gone
)

// CreditKinds lists all of them.
var CreditKinds = []CreditKind{CreditGranted, CreditApplied, CreditRefunded, CreditReversed}

// CreditEntry tells of one change of a workspace's credit; it never changes.
type CreditEntry struct {
	Position int64          `json:"-"` // of its event; entries are listed in this order
	ID       string         `json:"id"`
	Kind     CreditKind     `json:"kind"`
	Source   account.Source `json:"source"`  // of credit that was granted
	Invoice  string         `json:"invoice"` // that it came from or went to, if any
	Amount   money.Amount   `json:"amount"`  // negative where the credit became less
	Balance  money.Amount   `json:"balance"` // of the currency, afterwards
	Reason   string         `json:"reason"`
	At       time.Time      `json:"at"`
}

// ListCredits lists at most limit changes of a workspace's credit in their order, from behind the position after.
func ListCredits(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, after int64, limit int) ([]CreditEntry, error) {
	return engine.List(ctx, tx, "list the credit of "+workspace, scanCreditEntry, `
		SELECT position, entry
		FROM credits
		WHERE ledger_id = $1 AND workspace = $2 AND position > $3
		ORDER BY position
		LIMIT $4`, [16]byte(ledger), workspace, after, limit)
}

func scanCreditEntry(row pgx.CollectableRow) (CreditEntry, error) {
	var found CreditEntry
	var position int64
	var entry []byte
	if err := row.Scan(&position, &entry); err != nil {
		return CreditEntry{}, err
	}
	err := engine.Decode(entry, &found)
	found.Position = position
	return found, err
}

// creditEntryOf tells what an event did to the credit; ok is false where it did nothing to it.
func creditEntryOf(fact domain.Event) (entry CreditEntry, ok bool) {
	switch e := fact.(type) {
	case account.CreditGranted:
		entry = CreditEntry{ID: e.ID, Kind: CreditGranted, Source: e.Source, Amount: e.Amount, Balance: e.Balance, Reason: e.Reason}
		entry.Invoice = domain.Or(e.Invoice, "")
	case account.CreditApplied:
		entry = CreditEntry{Kind: CreditApplied, Invoice: e.Invoice, Amount: e.Amount.Neg(), Balance: e.Balance}
	case account.CreditRefunded:
		entry = CreditEntry{ID: e.ID, Kind: CreditRefunded, Amount: e.Amount.Neg(), Balance: e.Balance, Reason: e.Reason}
	case account.MoneyReversed:
		gone := e.Amount.Minus(e.Owed)
		for _, w := range e.Withdrawn {
			gone = gone.Minus(w.Amount)
		}
		return CreditEntry{Kind: CreditReversed, Amount: gone.Neg(), Balance: e.Balance}, gone.Sign() > 0
	default:
		return entry, false
	}
	return entry, true
}

func saveCreditEntries(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, events []eventstore.Event) error {
	batch := &pgx.Batch{}
	for _, event := range events {
		entry, ok := creditEntryOf(event.Fact)
		if !ok {
			continue
		}
		entry.At = event.EffectiveAt
		encoded, err := engine.Encode(entry)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO credits (ledger_id, workspace, position, entry)
			VALUES ($1, $2, $3, $4)`, [16]byte(ledger), event.Stream.Entity(), event.Position, encoded)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write credits: %w", err)
	}
	return nil
}
