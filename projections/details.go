package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/details"
)

// Details holds the personal details of a workspace or a member. No read model copies them: the log has each version
// once and finds it by its stream, while a copy would have to be erased from every version of every read model, also
// from those that no process runs any more. A query of any read model can read them in its transaction, and they are
// gone as soon as they are erased, whatever position the query shows.
type Details struct {
	details.Details
	SetAt   time.Time
	Version int64 // of the stream
}

// FindBillingDetails finds the billing details of a workspace that were in force at an instant, such as that of an
// invoice.
func FindBillingDetails(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, at time.Time) (Details, bool, error) {
	return findDetails(ctx, tx, ledger, details.BillingStream(workspace), &at)
}

// FindDetails finds the present details in the stream of a workspace or a member.
func FindDetails(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, stream domain.Stream) (Details, bool, error) {
	return findDetails(ctx, tx, ledger, stream, nil)
}

// findDetails finds the details at an instant, or the present ones without one. The present ones may be of a moment
// ahead, because the clocks of processes differ.
func findDetails(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, stream domain.Stream, at *time.Time) (Details, bool, error) {
	var found Details
	var part []byte
	err := tx.QueryRow(ctx, `
		SELECT e.effective_at, e.version, (
			SELECT p.data
			FROM tallystick.private_parts p
			WHERE p.ledger_id = e.ledger_id AND p.position = e.position)
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0 AND e.effective_at <= coalesce($3::timestamptz, 'infinity')
		ORDER BY e.version DESC
		LIMIT 1`, [16]byte(ledger), string(stream), at).Scan(&found.SetAt, &found.Version, &part)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && part == nil {
		return Details{}, false, nil
	}
	if err != nil {
		return Details{}, false, fmt.Errorf("find %s: %w", stream, err)
	}
	if json.Unmarshal(part, &found.Details) != nil {
		return Details{}, false, fmt.Errorf("find %s: what is stored can't be decoded", stream) // the cause would quote it
	}
	found.SetAt = found.SetAt.UTC()
	return found, true, nil
}
