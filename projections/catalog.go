package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Catalog holds what each ledger sells: its products and their prices, archived ones too, and its coupons.
var Catalog = engine.Projection{
	Name: "catalog", Revision: 3, Tables: migrations.ReadModel("catalog"), Auditors: true, Apply: applyCatalog,
	Reads: []domain.StreamType{catalog.Type},
}

// CatalogProduct holds a product with its prices in the order of their creation.
type CatalogProduct struct {
	Product catalog.Product
	Prices  []catalog.Price
	Created int64 // the position of its creation, by which products are listed
	Version int64 // of the catalog's stream
}

// Coupon holds a coupon's discount.
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
	return engine.Find(ctx, tx, "find product "+code, scanProduct, catalogProducts+`
		WHERE p.ledger_id = $1 AND p.code = $2`, [16]byte(ledger), code)
}

// ListProducts lists at most limit products in the order of their creation, from behind the position after.
func ListProducts(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after int64, limit int) ([]CatalogProduct, error) {
	return engine.List(ctx, tx, "list products", scanProduct, catalogProducts+`
		WHERE p.ledger_id = $1 AND p.created > $2
		ORDER BY p.created
		LIMIT $3`, [16]byte(ledger), after, limit)
}

// FindPrice finds a price by its code.
func FindPrice(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, code string) (catalog.Price, bool, error) {
	return engine.Find(ctx, tx, "find price "+code, scanPrice, `
		SELECT price
		FROM prices
		WHERE ledger_id = $1 AND code = $2`, [16]byte(ledger), code)
}

func scanPrice(row pgx.CollectableRow) (catalog.Price, error) {
	var price catalog.Price
	var stored []byte
	if err := row.Scan(&stored); err != nil {
		return catalog.Price{}, err
	}
	return price, engine.Decode(stored, &price)
}

const couponColumns = `created, discount`

// FindCoupon finds a coupon by its code.
func FindCoupon(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, code string) (Coupon, bool, error) {
	return engine.Find(ctx, tx, "find coupon "+code, scanCoupon, `
		SELECT `+couponColumns+`
		FROM coupons
		WHERE ledger_id = $1 AND code = $2`, [16]byte(ledger), code)
}

// ListCoupons lists at most limit coupons in the order of their creation, from behind the position after.
func ListCoupons(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after int64, limit int) ([]Coupon, error) {
	return engine.List(ctx, tx, "list coupons", scanCoupon, `
		SELECT `+couponColumns+`
		FROM coupons
		WHERE ledger_id = $1 AND created > $2
		ORDER BY created
		LIMIT $3`, [16]byte(ledger), after, limit)
}

func scanCoupon(row pgx.CollectableRow) (Coupon, error) {
	var coupon Coupon
	var stored []byte
	if err := row.Scan(&coupon.Created, &stored); err != nil {
		return Coupon{}, err
	}
	return coupon, engine.Decode(stored, &coupon.Discount)
}

// CatalogVersion gives the version of the catalog's stream, 0 before the first product.
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
