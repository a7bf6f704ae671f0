package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// secretBytes is the size of a ledger's secret.
const secretBytes = 32

// RotateSecret gives a ledger another secret to sign with. What the one before signed is accepted for as long as keep says,
// and not at all where that is 0.
//
// The next secret is published first, and signs when settle has returned: by then every server accepts it, whichever of them
// signs with it. [Settled] waits as long as servers take.
func (o Operator) RotateSecret(ctx context.Context, ledger eventstore.Ledger, keep time.Duration, settle func(context.Context) error, now func() time.Time) error {
	id := [16]byte(ledger.ID)
	var next []byte
	err := o.change(ctx, func(tx pgx.Tx) error {
		drawn := make([]byte, secretBytes)
		// Read never fails: without randomness the program ends.
		_, _ = rand.Read(drawn)
		// One that an earlier rotation published, and did not come to use, is known to the servers already.
		_, err := tx.Exec(ctx, `
			INSERT INTO tallystick.ledger_secrets (ledger_id, secret)
			VALUES ($1, $2)
			ON CONFLICT (ledger_id) WHERE valid_until IS NULL DO NOTHING`, id, drawn)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			SELECT secret
			FROM tallystick.ledger_secrets
			WHERE ledger_id = $1 AND valid_until IS NULL`, id).Scan(&next)
	})
	if err != nil {
		return fmt.Errorf("publish the next secret of ledger %s: %w", ledger.Name, err)
	}
	if err := settle(ctx); err != nil {
		return err
	}
	err = o.change(ctx, func(tx pgx.Tx) error { return replaceSecret(ctx, tx, id, next, keep, now()) })
	if err != nil {
		return fmt.Errorf("rotate the secret of ledger %s: %w", ledger.Name, err)
	}
	return nil
}

// replaceSecret lets the next secret sign. Two rotations at once come to the same.
func replaceSecret(ctx context.Context, tx pgx.Tx, ledger [16]byte, next []byte, keep time.Duration, now time.Time) error {
	var before []byte
	err := tx.QueryRow(ctx, `
		SELECT secret
		FROM tallystick.ledgers
		WHERE ledger_id = $1
		FOR UPDATE`, ledger).Scan(&before)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		DELETE FROM tallystick.ledger_secrets
		WHERE ledger_id = $1 AND (secret = $2 OR valid_until <= $3 OR $4)`, ledger, next, stored(now), keep <= 0)
	if err != nil {
		return err
	}
	if string(before) == string(next) {
		return nil
	}
	if keep > 0 {
		_, err = tx.Exec(ctx, `
			INSERT INTO tallystick.ledger_secrets (ledger_id, secret, valid_until)
			VALUES ($1, $2, $3)`, ledger, before, stored(now.Add(keep)))
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE tallystick.ledgers
		SET secret = $2
		WHERE ledger_id = $1`, ledger, next)
	return err
}

// Settled waits until every server has read a change of credentials.
func Settled(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * keyCacheFor):
		return nil
	}
}
