package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Operator makes and ends credentials. It needs a connection that may write the tables, which the program's role may not.
// The database audits each change with the operator's name.
type Operator struct {
	DB interface {
		Begin(context.Context) (pgx.Tx, error)
	}
	Name string // of the person and the machine, for the audit
}

// change does f in one transaction that names the operator.
func (o Operator) change(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('tallystick.operator', $1, true)`, o.Name); err != nil {
			return err
		}
		return f(tx)
	})
}

// NewKey describes a key to be made.
type NewKey struct {
	Ledger    eventstore.Ledger
	Role      endpoint.Role
	Name      string
	ExpiresAt *time.Time // nil for one that lasts until it is revoked
	Rate      int        // requests in a second, 0 for what the server says
}

// CreateKey makes a key and gives its token, which nobody can give again: only the secret's SHA-256 is stored.
func (o Operator) CreateKey(ctx context.Context, n NewKey, now time.Time) (key Key, token string, err error) {
	if !slices.Contains(endpoint.RolesAll, n.Role) {
		return Key{}, "", ErrRoleUnknown
	}
	err = o.change(ctx, func(tx pgx.Tx) error {
		key, token, err = insertKey(ctx, tx, n, now)
		return err
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("create a key: %w", err)
	}
	return key, token, nil
}

func insertKey(ctx context.Context, tx pgx.Tx, n NewKey, now time.Time) (Key, string, error) {
	token := newToken(n.Ledger.Mode)
	key := Key{ID: token.id, Ledger: n.Ledger.ID, Role: n.Role, Name: n.Name, CreatedAt: stored(now), Rate: n.Rate}
	if n.ExpiresAt != nil {
		key.ExpiresAt = new(stored(*n.ExpiresAt))
	}
	hash := sha256.Sum256([]byte(token.secret))
	_, err := tx.Exec(ctx, `
		INSERT INTO tallystick.api_keys (ledger_id, key_id, role, name, secret_hash, created_at, expires_at, rate)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8::int, 0))`,
		[16]byte(key.Ledger), key.ID, string(key.Role), key.Name, hash[:], key.CreatedAt, key.ExpiresAt, key.Rate)
	return key, token.String(), err
}

// stored cuts a time to what the database keeps.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// RevokeKey ends a key; servers hear of it within a second. A second time changes nothing.
func (o Operator) RevokeKey(ctx context.Context, id string, now time.Time) error {
	err := o.change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE tallystick.api_keys
			SET revoked_at = coalesce(revoked_at, $2)
			WHERE key_id = $1`, id, stored(now))
		if err == nil && tag.RowsAffected() == 0 {
			return ErrKeyUnknown
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	return nil
}

// ReplaceKey makes another key with the ledger, role, name and rate of one, which goes on for the overlap. The new one lasts until it is
// revoked, or until expires.
func (o Operator) ReplaceKey(ctx context.Context, id string, overlap time.Duration, expires *time.Time, now time.Time) (key Key, token string, err error) {
	err = o.change(ctx, func(tx pgx.Tx) error {
		var old NewKey
		var revoked *time.Time
		err := tx.QueryRow(ctx, `
			SELECT k.role, k.name, k.revoked_at, coalesce(k.rate, 0), l.ledger_id, l.mode
			FROM tallystick.api_keys k
			JOIN tallystick.ledgers l USING (ledger_id)
			WHERE k.key_id = $1`, id).Scan(&old.Role, &old.Name, &revoked, &old.Rate, &old.Ledger.ID, &old.Ledger.Mode)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrKeyUnknown
		case err != nil:
			return err
		case revoked != nil:
			return ErrKeyRevoked
		}
		_, err = tx.Exec(ctx, `
			UPDATE tallystick.api_keys
			SET expires_at = least(expires_at, $2)
			WHERE key_id = $1`, id, stored(now.Add(overlap)))
		if err != nil {
			return err
		}
		old.ExpiresAt = expires
		key, token, err = insertKey(ctx, tx, old, now)
		return err
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("replace key %s: %w", id, err)
	}
	return key, token, nil
}
