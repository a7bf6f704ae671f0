package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Key is an API key without its secret.
type Key struct {
	ID        string        `json:"id"`
	Ledger    uuid.UUID     `json:"ledger"`
	Role      endpoint.Role `json:"role"`
	Name      string        `json:"name"`
	CreatedAt time.Time     `json:"created_at"`
	ExpiresAt *time.Time    `json:"expires_at"`
	RevokedAt *time.Time    `json:"revoked_at"`
	Rate      int           `json:"rate,omitzero"` // requests in a second; 0 is not shown, and means what the server says
}

var (
	// ErrRoleUnknown is returned for a key of a role that does not exist.
	ErrRoleUnknown = errors.New("the role must be client, finance, auditor or admin")
	// ErrKeyUnknown is returned where a key does not exist.
	ErrKeyUnknown = errors.New("there is no such key")
	// ErrKeyRevoked is returned for replacing a key that has ended.
	ErrKeyRevoked = errors.New("the key was revoked")
)

const keyColumns = `key_id, ledger_id, role, name, created_at, expires_at, revoked_at, coalesce(rate, 0)`

func scanKey(row pgx.CollectableRow) (k Key, err error) {
	err = row.Scan(&k.ID, &k.Ledger, &k.Role, &k.Name, &k.CreatedAt, &k.ExpiresAt, &k.RevokedAt, &k.Rate)
	k.CreatedAt = k.CreatedAt.UTC()
	return k, err
}

// ListKeys gives all keys of a ledger, or of all ledgers with uuid.Nil, in the order they were made.
func ListKeys(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) ([]Key, error) {
	rows, err := db.Query(ctx, `
		SELECT `+keyColumns+`
		FROM tallystick.api_keys
		WHERE $1 OR ledger_id = $2
		ORDER BY created_at, key_id`, ledger == uuid.Nil, [16]byte(ledger))
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, scanKey)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}
