package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Catalog is what each ledger sells: its products and their prices, archived ones too, and its coupons.
var Catalog = engine.Projection{
	Name: "catalog", Revision: 2, Tables: migrations.ReadModel("catalog"), Apply: applyCatalog,
	Reads: []domain.StreamType{catalog.Type},
}

// CatalogProduct is a product with its prices in the order of their creation.
type CatalogProduct struct {
	Product catalog.Product
	Prices  []catalog.Price
	Created int64 // the position of its creation, by which products are listed
	Version int64 // of the catalog's stream
}

// Coupon is what a coupon takes off.
type Coupon struct {
	Discount pricing.Discount
	Created  int64 // the position of its creation, by which coupons are listed
}

const catalogProducts = `
	SELECT p.created, p.product, c.version, ARRAY(
		SELECT r.price
		FROM prices r
		WHERE r.ledger_id = p.ledger_id AND r.product = p.code
		ORDER BY r.created)
	FROM products p
	JOIN catalogs c ON c.ledger_id = p.ledger_id`

// FindProduct finds a product by its code.
func FindProduct(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, code string) (CatalogProduct, bool, error) {
	rows, err := tx.Query(ctx, catalogProducts+` WHERE p.ledger_id = $1 AND p.code = $2`, [16]byte(ledger), code)
	if err != nil {
		return CatalogProduct{}, false, fmt.Errorf("find product %s: %w", code, err)
	}
	product, err := pgx.CollectExactlyOneRow(rows, scanProduct)
	if errors.Is(err, pgx.ErrNoRows) {
		return CatalogProduct{}, false, nil
	}
	if err != nil {
		return CatalogProduct{}, false, fmt.Errorf("find product %s: %w", code, err)
	}
	return product, true, nil
}

// ListProducts lists at most limit products in the order of their creation, behind the position after.
func ListProducts(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after int64, limit int) ([]CatalogProduct, error) {
	rows, err := tx.Query(ctx, catalogProducts+`
		WHERE p.ledger_id = $1 AND p.created > $2
		ORDER BY p.created
		LIMIT $3`, [16]byte(ledger), after, limit)
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	products, err := pgx.CollectRows(rows, scanProduct)
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return products, nil
}

// ListCoupons lists at most limit coupons in the order of their creation, behind the position after.
func ListCoupons(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after int64, limit int) ([]Coupon, error) {
	rows, err := tx.Query(ctx, `
		SELECT created, discount
		FROM coupons
		WHERE ledger_id = $1 AND created > $2
		ORDER BY created
		LIMIT $3`, [16]byte(ledger), after, limit)
	if err != nil {
		return nil, fmt.Errorf("list coupons: %w", err)
	}
	coupons, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Coupon, error) {
		var coupon Coupon
		var stored []byte
		if err := row.Scan(&coupon.Created, &stored); err != nil {
			return Coupon{}, err
		}
		err := engine.Decode(stored, &coupon.Discount)
		return coupon, err
	})
	if err != nil {
		return nil, fmt.Errorf("list coupons: %w", err)
	}
	return coupons, nil
}

// CatalogVersion is the version of the catalog's stream, 0 where nothing was ever sold.
func CatalogVersion(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (int64, error) {
	var version int64
	err := tx.QueryRow(ctx, `
		SELECT coalesce((
			SELECT c.version
			FROM catalogs c
			WHERE c.ledger_id = $1), 0)`, [16]byte(ledger)).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("find the catalog's version: %w", err)
	}
	return version, nil
}

func scanProduct(row pgx.CollectableRow) (CatalogProduct, error) {
	var product CatalogProduct
	var stored []byte
	var prices [][]byte
	if err := row.Scan(&product.Created, &stored, &product.Version, &prices); err != nil {
		return CatalogProduct{}, err
	}
	product.Prices = make([]catalog.Price, len(prices))
	for i, price := range prices {
		if err := engine.Decode(price, &product.Prices[i]); err != nil {
			return CatalogProduct{}, err
		}
	}
	return product, engine.Decode(stored, &product.Product)
}

func applyCatalog(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(catalog.Type)
	if len(events) == 0 {
		return nil
	}
	rows, err := loadCatalog(ctx, tx, page.Ledger, events)
	if err != nil {
		return err
	}
	for _, event := range events {
		if err := rows.evolve(event); err != nil {
			return fmt.Errorf("event at position %d: %w", event.Position, err)
		}
	}
	return rows.save(ctx, tx, page.Ledger, events[len(events)-1].Version)
}
