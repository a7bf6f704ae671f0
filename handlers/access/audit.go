package access

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// Change is one change of a credential, as the database audited it.
type Change struct {
	Ledger       uuid.UUID  `json:"ledger"`
	At           time.Time  `json:"at"`
	Action       string     `json:"action"`
	KeyID        string     `json:"key_id"` // "" where it is the ledger's secret
	KeyRole      string     `json:"key_role"`
	KeyName      string     `json:"key_name"`
	KeyExpiresAt *time.Time `json:"key_expires_at"`
	DatabaseUser string     `json:"database_user"`
	From         string     `json:"from"` // the client's address, or "socket" on the database's own machine
	Program      string     `json:"program"`
	Operator     string     `json:"operator"` // as the program said it
}

// Changes gives all changes of credentials of a ledger, or of all ledgers with uuid.Nil, in the order they were made.
func Changes(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) ([]Change, error) {
	rows, err := db.Query(ctx, `
		SELECT ledger_id, recorded_at, action, coalesce(key_id, ''), coalesce(key_role, ''), coalesce(key_name, ''), key_expires_at,
		       database_user, client_address, program, operator
		FROM tallystick.credential_audit
		WHERE $1 OR ledger_id = $2
		ORDER BY recorded_at, audit_id`, ledger == uuid.Nil, [16]byte(ledger))
	if err != nil {
		return nil, fmt.Errorf("list changes of credentials: %w", err)
	}
	changes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Change, err error) {
		var from *netip.Addr
		err = row.Scan(&c.Ledger, &c.At, &c.Action, &c.KeyID, &c.KeyRole, &c.KeyName, &c.KeyExpiresAt,
			&c.DatabaseUser, &from, &c.Program, &c.Operator)
		c.At, c.From = c.At.UTC(), "socket"
		if from != nil {
			c.From = from.String()
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("list changes of credentials: %w", err)
	}
	return changes, nil
}
