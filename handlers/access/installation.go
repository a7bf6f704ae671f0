package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tallystick/tallystick/eventstore"
)

// Fingerprint gives the installation's fingerprint: 64 hex digits that follow from the random id of its database.
func Fingerprint(ctx context.Context, db eventstore.Querier) (string, error) {
	var id [16]byte
	if err := db.QueryRow(ctx, `SELECT id FROM tallystick.installation`).Scan(&id); err != nil {
		return "", fmt.Errorf("find the installation's id: %w", err)
	}
	sum := sha256.Sum256(append([]byte("tallystick-installation/v1\n"), id[:]...))
	return hex.EncodeToString(sum[:]), nil
}
