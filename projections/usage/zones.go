package usage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/projections/engine"
)

// saveZones keeps the time zone of each workspace's latest subscription. It stays after the subscription has ended, so
// that days which were shown stay as they were.
func saveZones(batch *pgx.Batch, page engine.Page) {
	zones, workspaces := map[string]string{}, []string(nil)
	for _, event := range page.Of(subscription.Type) {
		if created, is := event.Fact.(subscription.Created); is {
			workspace := event.Stream.Entity()
			if _, again := zones[workspace]; !again {
				workspaces = append(workspaces, workspace)
			}
			zones[workspace] = created.TimeZone
		}
	}
	if workspaces == nil {
		return
	}
	names := make([]string, len(workspaces))
	for i, workspace := range workspaces {
		names[i] = zones[workspace]
	}
	batch.Queue(`
		INSERT INTO zones (ledger_id, workspace, time_zone)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::text[]) AS r
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET time_zone = excluded.time_zone`, [16]byte(page.Ledger), workspaces, names)
}

func findZone(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (name string, zone *time.Location, err error) {
	err = tx.QueryRow(ctx, `
		SELECT time_zone
		FROM zones
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		name, err = period.TimeZoneDefault, nil // of a workspace that never had a subscription
	}
	if err != nil {
		return "", nil, fmt.Errorf("read the time zone: %w", err)
	}
	zone, err = period.LoadZone(name)
	return name, zone, err
}
