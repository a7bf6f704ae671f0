package projections

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Catalog is what each ledger sells: its products and their prices, archived ones too.
var Catalog = Projection{
	Name: "catalog", Revision: 1, Apply: applyCatalog,
	Ignores: types(append([]domain.StreamType{seating.Type, subscription.Type}, moneyTypes...)),
}

// CatalogProduct is a product with its prices in the order of their creation.
type CatalogProduct struct {
	Product catalog.Product
	Prices  []catalog.Price
	Created int64 // the position of its creation, by which products are listed
	Version int64 // of the catalog's stream
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
		if err := decode(price, &product.Prices[i]); err != nil {
			return CatalogProduct{}, err
		}
	}
	return product, decode(stored, &product.Product)
}

// catalogRows are what a page changes. Of older rows, created is not known and stays as it is stored.
type catalogRows struct {
	products map[string]catalogRow[catalog.Product]
	prices   map[string]catalogRow[catalog.Price]
}

type catalogRow[T any] struct {
	created int64
	value   T
}

func applyCatalog(ctx context.Context, tx pgx.Tx, page Page) error {
	events := page.of(catalog.Type.Name)
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

// evolve folds one event, the way catalog.Evolve does into the whole catalog.
func (r catalogRows) evolve(event eventstore.Event) error {
	switch e := event.Fact.(type) {
	case catalog.ProductCreated:
		r.products[e.Product] = catalogRow[catalog.Product]{event.Position, catalog.Product{
			Code: e.Product, Name: e.Name, Family: e.Family, Tier: e.Tier, Features: e.Features, Limits: e.Limits,
			GuestsPerSeat: e.GuestsPerSeat, Free: e.Free, FreeSeats: e.FreeSeats,
		}}
	case catalog.ProductChanged:
		return change(r.products, e.Product, func(p *catalog.Product) {
			p.Name, p.Features, p.Limits = e.Name, e.Features, e.Limits
		})
	case catalog.ProductArchived:
		return change(r.products, e.Product, func(p *catalog.Product) { p.Archived = true })
	case catalog.PriceCreated:
		r.prices[e.Terms.Price] = catalogRow[catalog.Price]{event.Position, catalog.Price{Terms: e.Terms}}
	case catalog.PriceArchived:
		return change(r.prices, e.Price, func(p *catalog.Price) { p.Archived = true })
	}
	return nil
}

func change[T any](rows map[string]catalogRow[T], code string, with func(*T)) error {
	row, there := rows[code]
	if !there {
		return fmt.Errorf("there is no %T %s to change", row.value, code)
	}
	with(&row.value)
	rows[code] = row
	return nil
}

// loadCatalog reads what the events may change and the page does not create.
func loadCatalog(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, events []eventstore.Event) (catalogRows, error) {
	var products, prices []string
	for _, event := range events {
		switch e := event.Fact.(type) {
		case catalog.ProductChanged:
			products = append(products, e.Product)
		case catalog.ProductArchived:
			products = append(products, e.Product)
		case catalog.PriceArchived:
			prices = append(prices, e.Price)
		}
	}
	rows := catalogRows{products: map[string]catalogRow[catalog.Product]{}, prices: map[string]catalogRow[catalog.Price]{}}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT code, created, product FROM products WHERE ledger_id = $1 AND code = ANY ($2)`,
		[16]byte(ledger), products).Query(into(rows.products))
	batch.Queue(`SELECT code, created, price FROM prices WHERE ledger_id = $1 AND code = ANY ($2)`,
		[16]byte(ledger), prices).Query(into(rows.prices))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return catalogRows{}, fmt.Errorf("read the catalog: %w", err)
	}
	return rows, nil
}

func into[T any](rows map[string]catalogRow[T]) func(pgx.Rows) error {
	return func(found pgx.Rows) error {
		var code string
		var row catalogRow[T]
		var stored []byte
		_, err := pgx.ForEachRow(found, []any{&code, &row.created, &stored}, func() error {
			var fresh T
			if err := decode(stored, &fresh); err != nil {
				return err
			}
			rows[code] = catalogRow[T]{row.created, fresh}
			return nil
		})
		return err
	}
}

func (r catalogRows) save(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, version int64) error {
	productCodes, productsCreated, products, err := columns(r.products)
	if err != nil {
		return err
	}
	priceCodes, pricesCreated, prices, err := columns(r.prices)
	if err != nil {
		return err
	}
	owners := make([]string, len(priceCodes))
	for i, code := range priceCodes {
		owners[i] = r.prices[code].value.Terms.Product
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO products (ledger_id, code, created, product)
		SELECT $1, r.code, r.created, r.product::json
		FROM unnest($2::text[], $3::bigint[], $4::text[]) AS r (code, created, product)
		ON CONFLICT (ledger_id, code) DO UPDATE
		SET product = excluded.product`, [16]byte(ledger), productCodes, productsCreated, products)
	batch.Queue(`
		INSERT INTO prices (ledger_id, code, product, created, price)
		SELECT $1, r.code, r.product, r.created, r.price::json
		FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS r (code, product, created, price)
		ON CONFLICT (ledger_id, code) DO UPDATE
		SET price = excluded.price`, [16]byte(ledger), priceCodes, owners, pricesCreated, prices)
	batch.Queue(`
		INSERT INTO catalogs (ledger_id, version)
		VALUES ($1, $2)
		ON CONFLICT (ledger_id) DO UPDATE
		SET version = excluded.version`, [16]byte(ledger), version)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write the catalog: %w", err)
	}
	return nil
}

func columns[T any](rows map[string]catalogRow[T]) (codes []string, created []int64, values []string, err error) {
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		value, err := encode(rows[code].value)
		if err != nil {
			return nil, nil, nil, err
		}
		codes, created, values = append(codes, code), append(created, rows[code].created), append(values, value)
	}
	return codes, created, values, nil
}
