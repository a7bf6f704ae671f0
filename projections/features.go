package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/holding"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Features holds what the features of each workspace follow from. What they come to follows from the clock too, so that is for
// queries to say.
var Features = engine.Projection{
	Name: "features", Revision: 1, Tables: migrations.ReadModel("features"), Auditors: true, Apply: applyFeatures,
	Reads: []domain.StreamType{catalog.Type, subscription.Type, entitlement.Type},
	Skips: []domain.Event{catalog.PriceCreated{}, catalog.PriceArchived{}, catalog.CouponCreated{}},
}

// FindHoldings finds what a workspace has. One in which nothing was done has what there is for all.
func FindHoldings(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (h holding.Holdings, err error) {
	if h.Products, err = listProducts(ctx, tx, ledger); err != nil {
		return h, err
	}
	row, err := findHolding(ctx, tx, ledger, workspace)
	h.Subscription, h.Entitlement = row.Subscription, row.Entitlement
	return h, err
}

// holdingRow holds a row of the table holdings.
type holdingRow struct {
	workspace    string
	position     int64
	Subscription subscription.State
	Entitlement  entitlement.State
}

// findHolding finds the row of any workspace; it is empty where there is none.
func findHolding(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (holdingRow, error) {
	row, _, err := engine.Find(ctx, tx, "find the features of "+workspace, scanHolding, `
		SELECT workspace, position, subscription, entitlement
		FROM holdings
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace)
	return row, err
}

func scanHolding(row pgx.CollectableRow) (h holdingRow, err error) {
	var subscribed, entitled []byte
	if err := row.Scan(&h.workspace, &h.position, &subscribed, &entitled); err != nil {
		return h, err
	}
	return h, errors.Join(engine.Decode(subscribed, &h.Subscription), engine.Decode(entitled, &h.Entitlement))
}

// listProducts lists all products of a ledger in the order of their creation.
func listProducts(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) ([]catalog.Product, error) {
	return engine.List(ctx, tx, "list the products of features", func(row pgx.CollectableRow) (product catalog.Product, err error) {
		var stored []byte
		if err := row.Scan(&stored); err != nil {
			return product, err
		}
		return product, engine.Decode(stored, &product)
	}, `
		SELECT product
		FROM products
		WHERE ledger_id = $1
		ORDER BY created`, [16]byte(ledger))
}

func applyFeatures(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := applyFeatureProducts(ctx, tx, page); err != nil {
		return err
	}
	events := append(page.Of(subscription.Type), page.Of(entitlement.Type)...)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	rows, err := engine.List(ctx, tx, "read features", scanHolding, `
		SELECT workspace, position, subscription, entitlement
		FROM holdings
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(page.Ledger), workspaces)
	if err != nil {
		return err
	}
	held := make(map[string]holdingRow, len(workspaces))
	for _, row := range rows {
		held[row.workspace] = row
	}
	for _, event := range events {
		row := held[event.Stream.Entity()]
		row.Subscription = subscription.Evolve(row.Subscription, event.Fact)
		row.Entitlement = entitlement.Evolve(row.Entitlement, event.Fact)
		row.position = max(row.position, event.Position)
		held[event.Stream.Entity()] = row
	}
	return saveHoldings(ctx, tx, page.Ledger, workspaces, held)
}

func saveHoldings(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string, held map[string]holdingRow) error {
	n := len(workspaces)
	positions, subscribed, entitled := make([]int64, n), make([]string, n), make([]string, n)
	for i, workspace := range workspaces {
		row := held[workspace]
		positions[i] = row.position
		var err, alsoErr error
		subscribed[i], err = engine.Encode(row.Subscription)
		entitled[i], alsoErr = engine.Encode(row.Entitlement)
		if err := errors.Join(err, alsoErr); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO holdings (ledger_id, workspace, position, subscription, entitlement)
		SELECT $1, r.workspace, r.position, r.subscription::json, r.entitlement::json
		FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) AS r (workspace, position, subscription, entitlement)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET position     = excluded.position,
		    subscription = excluded.subscription,
		    entitlement  = excluded.entitlement`, [16]byte(ledger), workspaces, positions, subscribed, entitled)
	if err != nil {
		return fmt.Errorf("write features: %w", err)
	}
	return nil
}

// applyFeatureProducts keeps the products.
func applyFeatureProducts(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	events := page.Of(catalog.Type)
	if len(events) == 0 {
		return nil
	}
	rows := catalogRows{products: map[string]catalogRow[catalog.Product]{}}
	var codes []string
	for _, event := range events {
		switch e := event.Fact.(type) {
		case catalog.ProductChanged:
			codes = append(codes, e.Product)
		case catalog.ProductArchived:
			codes = append(codes, e.Product)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT code, created, product FROM products WHERE ledger_id = $1 AND code = ANY ($2)`,
		[16]byte(page.Ledger), codes).Query(into(rows.products))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("read the products of features: %w", err)
	}
	for _, event := range events {
		if err := rows.evolve(event); err != nil {
			return fmt.Errorf("event at position %d: %w", event.Position, err)
		}
	}
	changed, created, products, err := columns(rows.products)
	if err != nil {
		return err
	}
	batch = &pgx.Batch{}
	batch.Queue(`
		INSERT INTO products (ledger_id, code, created, product)
		SELECT $1, r.code, r.created, r.product::json
		FROM unnest($2::text[], $3::bigint[], $4::text[]) AS r (code, created, product)
		ON CONFLICT (ledger_id, code) DO UPDATE
		SET product = excluded.product`, [16]byte(page.Ledger), changed, created, products)
	batch.Queue(`
		INSERT INTO catalogs (ledger_id, position)
		VALUES ($1, $2)
		ON CONFLICT (ledger_id) DO UPDATE
		SET position = excluded.position`, [16]byte(page.Ledger), events[len(events)-1].Position)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write the products of features: %w", err)
	}
	return nil
}
