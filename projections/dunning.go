package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/dunning"
)

// FindDunning finds the present policy of dunning, with its version; that of the default is 0. No read model copies it, since the
// log finds it.
func FindDunning(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (policy dunning.Policy, version int64, err error) {
	var data []byte
	err = tx.QueryRow(ctx, `
		SELECT e.version, e.data
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0
		ORDER BY e.version DESC
		LIMIT 1`, [16]byte(ledger), string(dunning.Stream())).Scan(&version, &data)
	if errors.Is(err, pgx.ErrNoRows) {
		return dunning.Default(), 0, nil
	}
	var set dunning.Set
	if err == nil {
		err = json.Unmarshal(data, &set)
	}
	if err != nil {
		return policy, 0, fmt.Errorf("find the policy of dunning: %w", err)
	}
	return set.Policy, version, nil
}
