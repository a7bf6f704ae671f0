package vault

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// associated gives what the seal covers beside the secret. Each part has its length before it.
func (n Name) associated() []byte {
	var all []byte
	for _, part := range []string{string(n.Ledger[:]), string(n.Kind), n.ID} {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return all
}

// seal draws a nonce, which stands before the ciphertext.
func (k Key) seal(n Name, secret []byte) []byte { return k.aead.Seal(nil, nil, secret, n.associated()) }

func (v *Vault) open(n Name, keyID string, sealed []byte) ([]byte, error) {
	for _, key := range v.keys {
		if key.id != keyID {
			continue
		}
		secret, err := key.aead.Open(nil, nil, sealed, n.associated())
		if err != nil {
			return nil, fmt.Errorf("read secret %s %s: %w", n.Kind, n.ID, ErrUnreadable)
		}
		return secret, nil
	}
	return nil, fmt.Errorf("read secret %s %s, sealed with key %s: %w", n.Kind, n.ID, keyID, ErrUnreadable)
}

// Reseal seals with the first key what other keys sealed, so that their files can go, and counts what no key opens.
func (v *Vault) Reseal(ctx context.Context) (unreadable int, err error) {
	if ready := v.Ready() == nil; !ready {
		return 0, nil
	}
	err = durably(ctx, v.db, func(tx pgx.Tx) error {
		old, err := v.sealedBefore(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range old {
			secret, err := v.open(s.name, s.keyID, s.sealed)
			if err != nil {
				unreadable++
				continue
			}
			if err := put(ctx, tx, v.keys[0], s.name, secret); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return unreadable, fmt.Errorf("seal secrets anew: %w", err)
	}
	return unreadable, nil
}

// row holds one secret as it is stored.
type row struct {
	name   Name
	keyID  string
	sealed []byte
}

// sealedBefore locks and reads the secrets that the first key did not seal.
func (v *Vault) sealedBefore(ctx context.Context, tx pgx.Tx) ([]row, error) {
	rows, err := tx.Query(ctx, `
		SELECT ledger_id, kind, id, key_id, sealed
		FROM tallystick.secrets
		WHERE key_id <> $1
		ORDER BY ledger_id, kind, id
		FOR UPDATE`, v.keys[0].id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (s row, err error) {
		var ledger [16]byte
		err = r.Scan(&ledger, &s.name.Kind, &s.name.ID, &s.keyID, &s.sealed)
		s.name.Ledger = uuid.UUID(ledger)
		return s, err
	})
}
