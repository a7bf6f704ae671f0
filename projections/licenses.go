package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Licenses holds all enterprise licenses with the instances that use them.
var Licenses = engine.Projection{
	Name: "licenses", Revision: 1, Tables: migrations.ReadModel("licenses"), Auditors: true, Apply: applyLicenses,
	Reads: []domain.StreamType{license.Type},
}

// License is an enterprise license.
type License struct {
	Issued  int64 // the position of the event that issued it
	Version int64
	State   license.State
}

// LicenseFilter chooses licenses. The zero value chooses all.
type LicenseFilter struct {
	Workspace string
	Status    license.Status // at the instant that is asked for
}

const licenseColumns = `issued, version, state`

// FindLicense finds a license.
func FindLicense(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (License, bool, error) {
	return engine.Find(ctx, tx, "find license "+id, scanLicense, `
		SELECT `+licenseColumns+`
		FROM licenses
		WHERE ledger_id = $1 AND id = $2`, [16]byte(ledger), id)
}

// ListLicenses lists at most limit licenses in the order of their issue, from behind a position.
func ListLicenses(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, filter LicenseFilter, now time.Time, after int64, limit int) ([]License, error) {
	where, args := `ledger_id = $1 AND issued > $2`, []any{[16]byte(ledger), after, limit}
	if filter.Workspace != "" {
		args = append(args, filter.Workspace)
		where += fmt.Sprintf(` AND workspace = $%d`, len(args))
	}
	if filter.Status != "" {
		args = append(args, string(filter.Status), now, now.Add(license.ExpiringFor))
		where += fmt.Sprintf(` AND $%d = CASE
			WHEN revoked THEN 'revoked'
			WHEN suspended THEN 'suspended'
			WHEN expires_at <= $%d THEN 'expired'
			WHEN expires_at <= $%d THEN 'expiring'
			WHEN instances = 0 THEN 'inactive'
			ELSE 'active' END`, len(args)-2, len(args)-1, len(args))
	}
	return engine.List(ctx, tx, "list licenses", scanLicense, `
		SELECT `+licenseColumns+`
		FROM licenses
		WHERE `+where+`
		ORDER BY issued
		LIMIT $3`, args...)
}

func scanLicense(row pgx.CollectableRow) (found License, err error) {
	var state []byte
	if err := row.Scan(&found.Issued, &found.Version, &state); err != nil {
		return found, err
	}
	return found, engine.Decode(state, &found.State)
}

func applyLicenses(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(license.Type)
	if len(events) == 0 {
		return nil
	}
	ids := entities(events)
	known, err := engine.List(ctx, tx, "read licenses", scanLicense, `
		SELECT `+licenseColumns+`
		FROM licenses
		WHERE ledger_id = $1 AND id = ANY ($2)`, [16]byte(page.Ledger), ids)
	if err != nil {
		return err
	}
	licenses := make(map[string]License, len(ids))
	for _, l := range known {
		licenses[l.State.ID] = l
	}
	for _, event := range events {
		l := licenses[event.Stream.Entity()]
		if l.Version == 0 {
			l.Issued = event.Position
		}
		l.State, l.Version = license.Evolve(l.State, event.Fact), event.Version
		licenses[event.Stream.Entity()] = l
	}
	batch := &pgx.Batch{}
	for _, id := range ids {
		l := licenses[id]
		state, err := engine.Encode(l.State)
		if err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO licenses (ledger_id, id, issued, version, workspace, revoked, suspended, expires_at, instances, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET version    = excluded.version,
			    revoked    = excluded.revoked,
			    suspended  = excluded.suspended,
			    expires_at = excluded.expires_at,
			    instances  = excluded.instances,
			    state      = excluded.state`,
			[16]byte(page.Ledger), id, l.Issued, l.Version, l.State.Workspace, l.State.Revoked, l.State.Suspended, l.State.ExpiresAt,
			len(l.State.Instances), state)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write licenses: %w", err)
	}
	return nil
}
