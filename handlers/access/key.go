package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	RevokedAt *time.Time    `json:"revoked_at"`
}

var (
	// ErrRoleUnknown is returned for a key of a role that does not exist.
	ErrRoleUnknown = errors.New("the role must be client, finance, auditor or admin")
	// ErrKeyUnknown is returned for revoking a key that does not exist.
	ErrKeyUnknown = errors.New("there is no such key")
)

const (
	keyIDLen  = 12
	secretLen = 43 // of 62 characters each: 256 bits
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Create makes a key and gives its token, tally_<mode>_<key id>_<secret>, which nobody can give again: only the secret's
// SHA-256 is stored. Create and Revoke need a connection that may write the table, which the program's role may not.
func (*Keys) Create(ctx context.Context, conn *pgx.Conn, ledger eventstore.Ledger, role endpoint.Role, name string, now time.Time) (Key, string, error) {
	if !slices.Contains(endpoint.RolesAll, role) {
		return Key{}, "", ErrRoleUnknown
	}
	key := Key{
		ID: randomBase62(keyIDLen), Ledger: ledger.ID, Role: role, Name: name, CreatedAt: now.UTC().Truncate(time.Microsecond),
	}
	secret := randomBase62(secretLen)
	hash := sha256.Sum256([]byte(secret))
	_, err := conn.Exec(ctx, `
		INSERT INTO tallystick.api_keys (ledger_id, key_id, role, name, secret_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		[16]byte(key.Ledger), key.ID, string(key.Role), key.Name, hash[:], key.CreatedAt)
	if err != nil {
		return Key{}, "", fmt.Errorf("create a key: %w", err)
	}
	return key, strings.Join([]string{"tally", string(ledger.Mode), key.ID, secret}, "_"), nil
}

// Revoke ends a key; servers hear of it within five seconds. A second time changes nothing.
func (*Keys) Revoke(ctx context.Context, conn *pgx.Conn, id string, now time.Time) error {
	tag, err := conn.Exec(ctx, `
		UPDATE tallystick.api_keys
		SET revoked_at = coalesce(revoked_at, $2)
		WHERE key_id = $1`, id, now.UTC().Truncate(time.Microsecond))
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrKeyUnknown
	}
	return nil
}

// List gives all keys of a ledger, or of all ledgers with uuid.Nil, in the order they were made.
func (*Keys) List(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) ([]Key, error) {
	rows, err := db.Query(ctx, `
		SELECT key_id, ledger_id, role, name, created_at, revoked_at
		FROM tallystick.api_keys
		WHERE $1 OR ledger_id = $2
		ORDER BY created_at, key_id`, ledger == uuid.Nil, [16]byte(ledger))
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k Key, err error) {
		err = row.Scan(&k.ID, &k.Ledger, &k.Role, &k.Name, &k.CreatedAt, &k.RevokedAt)
		k.CreatedAt = k.CreatedAt.UTC()
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// randomBase62 draws characters that are all equally likely.
func randomBase62(length int) string {
	const fair = 256 / len(base62) * len(base62)
	text := make([]byte, 0, length)
	for drawn := [64]byte{}; len(text) < length; {
		// Read never fails: without randomness the program ends.
		_, _ = rand.Read(drawn[:])
		for _, b := range drawn {
			if int(b) < fair && len(text) < length {
				text = append(text, base62[int(b)%len(base62)])
			}
		}
	}
	return string(text)
}

func isBase62(text string) bool { return strings.Trim(text, base62) == "" }
