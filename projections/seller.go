package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seller"
)

// Seller holds a version of the seller's profile. No read model copies them, since the log finds each by its version.
type Seller struct {
	seller.Profile
	Version int64
}

// FindSeller finds a version of the seller's profile, or the present one without a version.
func FindSeller(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, version *int64) (Seller, bool, error) {
	var found Seller
	var data []byte
	err := tx.QueryRow(ctx, `
		SELECT e.version, e.data
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0 AND e.version = coalesce($3, e.version)
		ORDER BY e.version DESC
		LIMIT 1`, [16]byte(ledger), string(seller.Stream()), version).Scan(&found.Version, &data)
	if errors.Is(err, pgx.ErrNoRows) {
		return Seller{}, false, nil
	}
	var set seller.Set
	if err == nil {
		err = json.Unmarshal(data, &set)
	}
	if err != nil {
		return Seller{}, false, fmt.Errorf("find the seller: %w", err)
	}
	found.Profile = set.Profile
	return found, true, nil
}
