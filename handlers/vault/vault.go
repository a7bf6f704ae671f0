package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
)

// Kind sorts secrets by what they are for, such as "webhook".
type Kind string

// Name tells one secret of a database from all others.
type Name struct {
	Ledger uuid.UUID
	Kind   Kind
	ID     string // unique within the kind, such as the endpoint's id
}

// Vault keeps secrets. The zero value has no key, and refuses.
type Vault struct {
	db   DB
	keys []Key
}

// DB is a pool of connections.
type DB interface {
	Begin(context.Context) (pgx.Tx, error)
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

// New makes a vault in a database. The first key seals; all of them open.
func New(db DB, keys ...Key) *Vault { return &Vault{db: db, keys: keys} }

// ErrNotFound is returned for a secret that is not there.
var ErrNotFound = errors.New("there is no such secret")

// ErrUnreadable is returned for a secret that no key opens: it was sealed with a key that is not here, or the row is not as it was.
var ErrUnreadable = errors.New("no key opens the secret")

// Ready refuses with secret_key_missing where the vault has no key.
func (v *Vault) Ready() error {
	if v == nil || len(v.keys) == 0 {
		return domain.Conflict("secret_key_missing", "secrets can't be kept, because the server has no key to seal them: start it with --secret-key-file")
	}
	return nil
}

// Put keeps a secret, in place of the one that had the name. It is on the disk when Put returns.
func (v *Vault) Put(ctx context.Context, n Name, secret []byte) error {
	if err := v.Ready(); err != nil {
		return err
	}
	err := durably(ctx, v.db, func(tx pgx.Tx) error { return put(ctx, tx, v.keys[0], n, secret) })
	if err != nil {
		return fmt.Errorf("keep secret %s %s: %w", n.Kind, n.ID, err)
	}
	return nil
}

func put(ctx context.Context, tx pgx.Tx, key Key, n Name, secret []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tallystick.secrets (ledger_id, kind, id, key_id, sealed)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (ledger_id, kind, id) DO UPDATE
		SET key_id = excluded.key_id, sealed = excluded.sealed`,
		[16]byte(n.Ledger), string(n.Kind), n.ID, key.id, key.seal(n, secret))
	return err
}

// Get gives a secret.
func (v *Vault) Get(ctx context.Context, n Name) ([]byte, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	var keyID string
	var sealed []byte
	err := v.db.QueryRow(ctx, `
		SELECT key_id, sealed
		FROM tallystick.secrets
		WHERE ledger_id = $1 AND kind = $2 AND id = $3`, [16]byte(n.Ledger), string(n.Kind), n.ID).Scan(&keyID, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read secret %s %s: %w", n.Kind, n.ID, err)
	}
	return v.open(n, keyID, sealed)
}

// Delete forgets a secret, for which no key is needed. One that is not there is forgotten already.
func (v *Vault) Delete(ctx context.Context, n Name) error {
	err := durably(ctx, v.db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM tallystick.secrets
			WHERE ledger_id = $1 AND kind = $2 AND id = $3`, [16]byte(n.Ledger), string(n.Kind), n.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget secret %s %s: %w", n.Kind, n.ID, err)
	}
	return nil
}

// durably changes secrets in one transaction that is on the disk at its end, also where the pool's transactions need not be.
func durably(ctx context.Context, db DB, change func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = on`); err != nil {
			return err
		}
		return change(tx)
	})
}
