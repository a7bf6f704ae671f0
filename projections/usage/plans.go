package usage

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections/engine"
)

// planChange is another number of bought seats.
type planChange struct {
	since     time.Time
	began     int64  // the command, by the position of its last event
	purchased *int64 // nil on the free plan
}

// limits gives the plan's limits, as far as they are kept.
func (p planChange) limits() seating.Limits {
	if p.purchased == nil {
		return seating.Limits{Source: seating.SourceFree}
	}
	return seating.Limits{Purchased: *p.purchased}
}

// savePlanChanges keeps the limits that commands copy to seat pools, each since its event's instant. A deadline that is
// carried out late writes its own instant.
func savePlanChanges(batch *pgx.Batch, page engine.Page) {
	var workspaces []string
	var versions, began []int64
	var since []time.Time
	var purchased []*int64
	for _, event := range page.Of(seating.Type) {
		limits, is := event.Fact.(seating.LimitsChanged)
		if !is {
			continue
		}
		workspaces, versions = append(workspaces, event.Stream.Entity()), append(versions, event.Version)
		began, since = append(began, event.GroupLast), append(since, event.EffectiveAt)
		if limits.Source == seating.SourceFree {
			purchased = append(purchased, nil)
		} else {
			purchased = append(purchased, &limits.Purchased)
		}
	}
	if workspaces == nil {
		return
	}
	batch.Queue(`
		INSERT INTO plans (ledger_id, workspace, version, began, since, purchased)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[]) AS r`,
		[16]byte(page.Ledger), workspaces, versions, began, since, purchased)
}

// findPlans gives the plans that a workspace had before an instant, in their order: within a stream time never goes
// back.
func findPlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, before time.Time) ([]planChange, error) {
	return engine.List(ctx, tx, "read plans", scanPlanChange, `
		SELECT since, began, purchased
		FROM plans
		WHERE ledger_id = $1 AND workspace = $2 AND since < $3
		ORDER BY version`, [16]byte(ledger), workspace, before)
}

func scanPlanChange(row pgx.CollectableRow) (planChange, error) {
	var p planChange
	err := row.Scan(&p.since, &p.began, &p.purchased)
	return p, err
}
