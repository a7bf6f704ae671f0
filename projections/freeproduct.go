package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections/engine"
)

// A workspace without a plan has the ledger's free product of today. Read models that answer for every workspace keep
// that product in a table free_products of their own.

// findFreePlan gives the limits of the free product. A ledger without one gives no product and no seats.
func findFreePlan(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (seating.Limits, error) {
	limits := seating.State{}.Limits()
	err := tx.QueryRow(ctx, `
		SELECT product, seats, guests_per_seat
		FROM free_products
		WHERE ledger_id = $1`, [16]byte(ledger)).Scan(&limits.Product, &limits.Purchased, &limits.GuestsPerSeat)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return seating.Limits{}, fmt.Errorf("find the free product: %w", err)
	}
	return limits, nil
}

// applyFreeProduct keeps free_products.
func applyFreeProduct(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	var created *catalog.ProductCreated
	var archived []string // free products are few and products are archived seldom, so which they are is left to the rows
	for _, event := range page.Of(catalog.Type) {
		switch e := event.Fact.(type) {
		case catalog.ProductCreated:
			if e.Free {
				created = &e
			}
		case catalog.ProductArchived:
			archived = append(archived, e.Product)
			if created != nil && created.Product == e.Product {
				created = nil
			}
		}
	}
	if archived != nil {
		_, err := tx.Exec(ctx, `DELETE FROM free_products WHERE ledger_id = $1 AND product = ANY ($2)`, [16]byte(page.Ledger), archived)
		if err != nil {
			return fmt.Errorf("write the free product: %w", err)
		}
	}
	if created == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO free_products (ledger_id, product, seats, guests_per_seat)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (ledger_id) DO UPDATE
		SET product         = excluded.product,
		    seats           = excluded.seats,
		    guests_per_seat = excluded.guests_per_seat`,
		[16]byte(page.Ledger), created.Product, created.FreeSeats, created.GuestsPerSeat)
	if err != nil {
		return fmt.Errorf("write the free product: %w", err)
	}
	return nil
}
