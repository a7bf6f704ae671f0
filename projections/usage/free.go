package usage

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/projections/engine"
)

// freePlan counts the seats of the free plan for a time.
type freePlan struct {
	seats int64
	since time.Time
	until *time.Time // nil while it is the free plan
}

// saveFreePlans keeps each free product from its creation to its archiving. The rows tell which products are free.
func saveFreePlans(batch *pgx.Batch, page engine.Page) {
	for _, event := range page.Of(catalog.Type) {
		switch e := event.Fact.(type) {
		case catalog.ProductCreated:
			if e.Free {
				batch.Queue(`
					INSERT INTO free_plans (ledger_id, product, seats, since, until)
					VALUES ($1, $2, $3, $4, 'infinity')`, [16]byte(page.Ledger), e.Product, e.FreeSeats, event.EffectiveAt)
			}
		case catalog.ProductArchived:
			batch.Queue(`
				UPDATE free_plans
				SET until = $3
				WHERE ledger_id = $1 AND product = $2`, [16]byte(page.Ledger), e.Product, event.EffectiveAt)
		}
	}
}

// findFreePlans gives the few free plans that the ledger ever had, in their order.
func findFreePlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) ([]freePlan, error) {
	return engine.List(ctx, tx, "read free plans", scanFreePlan, `
		SELECT seats, since, NULLIF(until, 'infinity')
		FROM free_plans
		WHERE ledger_id = $1
		ORDER BY since, until`, [16]byte(ledger))
}

func scanFreePlan(row pgx.CollectableRow) (freePlan, error) {
	var p freePlan
	err := row.Scan(&p.seats, &p.since, &p.until)
	return p, err
}
