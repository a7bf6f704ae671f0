package projections

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// catalogRows holds the rows that a page changes. An older row keeps the created that is stored.
type catalogRows struct {
	products map[string]catalogRow[catalog.Product]
	prices   map[string]catalogRow[catalog.Price]
	coupons  map[string]catalogRow[pricing.Discount] // new ones, since none ever changes
}

type catalogRow[T any] struct {
	created int64
	value   T
}

// evolve folds one event into the rows, as catalog.Evolve folds it into the whole catalog.
func (r catalogRows) evolve(event eventstore.Event) error {
	switch e := event.Fact.(type) {
	case catalog.ProductCreated:
		r.products[e.Product] = catalogRow[catalog.Product]{event.Position, catalog.Product{
			Code: e.Product, Name: e.Name, Family: e.Family, Tier: e.Tier, Features: e.Features, Limits: e.Limits, Fail: e.Fail,
			GuestsPerSeat: e.GuestsPerSeat, Free: e.Free, FreeSeats: e.FreeSeats,
		}}
	case catalog.ProductChanged:
		return change(r.products, e.Product, func(p *catalog.Product) {
			p.Name, p.Features, p.Limits, p.Fail = e.Name, e.Features, e.Limits, e.Fail
		})
	case catalog.ProductArchived:
		return change(r.products, e.Product, func(p *catalog.Product) { p.Archived = true })
	case catalog.PriceCreated:
		r.prices[e.Terms.Price] = catalogRow[catalog.Price]{event.Position, catalog.Price{Terms: e.Terms}}
	case catalog.PriceArchived:
		return change(r.prices, e.Price, func(p *catalog.Price) { p.Archived = true })
	case catalog.CouponCreated:
		r.coupons[e.Discount.Coupon] = catalogRow[pricing.Discount]{event.Position, e.Discount}
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

// loadCatalog reads the rows that the events change and do not create.
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
	rows := catalogRows{
		products: map[string]catalogRow[catalog.Product]{}, prices: map[string]catalogRow[catalog.Price]{},
		coupons: map[string]catalogRow[pricing.Discount]{},
	}
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
			if err := engine.Decode(stored, &fresh); err != nil {
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
	couponCodes, couponsCreated, discounts, err := columns(r.coupons)
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
		INSERT INTO coupons (ledger_id, code, created, discount)
		SELECT $1, r.code, r.created, r.discount::json
		FROM unnest($2::text[], $3::bigint[], $4::text[]) AS r (code, created, discount)`,
		[16]byte(ledger), couponCodes, couponsCreated, discounts)
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
		value, err := engine.Encode(rows[code].value)
		if err != nil {
			return nil, nil, nil, err
		}
		codes, created, values = append(codes, code), append(created, rows[code].created), append(values, value)
	}
	return codes, created, values, nil
}
