package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Names tells how products were called and what prices say.
type Names struct {
	Products map[string]string
	Prices   map[string]pricing.Terms
}

// FindNames finds products and prices by their codes, as they were at an instant, or at first if they came later, as may seem
// where the clocks of processes differ. It reads the log, since the catalog's read model has only the present names, and may be
// behind the one that a query shows.
func FindNames(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, products, prices []string, at time.Time) (Names, error) {
	found := Names{Products: map[string]string{}, Prices: map[string]pricing.Terms{}}
	rows, err := tx.Query(ctx, `
		SELECT e.data, e.effective_at <= $3
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0
		  AND (e.type IN ($4, $5) AND convert_from(e.data, 'UTF8')::json ->> 'product' = ANY ($6)
		       OR e.type = $7 AND convert_from(e.data, 'UTF8')::json #>> '{terms,price}' = ANY ($8))
		ORDER BY e.version`, [16]byte(ledger), string(catalog.Stream()), at,
		catalog.ProductCreated{}.EventType(), catalog.ProductChanged{}.EventType(), products, catalog.PriceCreated{}.EventType(), prices)
	if err != nil {
		return found, fmt.Errorf("find the names of products: %w", err)
	}
	var data []byte
	var inTime bool
	_, err = pgx.ForEachRow(rows, []any{&data, &inTime}, func() error {
		var said struct {
			Product string         `json:"product"`
			Name    string         `json:"name"`
			Terms   *pricing.Terms `json:"terms"`
		}
		if err := json.Unmarshal(data, &said); err != nil {
			return err
		}
		if said.Terms != nil {
			found.Prices[said.Terms.Price] = *said.Terms
		} else if _, known := found.Products[said.Product]; !known || inTime {
			found.Products[said.Product] = said.Name
		}
		return nil
	})
	if err != nil {
		return found, fmt.Errorf("find the names of products: %w", err)
	}
	return found, nil
}

// ListPayments lists the payments recorded on an invoice, in their order, up to a version of it. It reads the log, since the
// read model has only their sum.
func ListPayments(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string, version int64) ([]invoice.PaymentRecorded, error) {
	rows, err := tx.Query(ctx, `
		SELECT e.data
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0 AND e.version <= $3 AND e.type = $4
		ORDER BY e.version`, [16]byte(ledger), string(invoice.Stream(id)), version, invoice.PaymentRecorded{}.EventType())
	if err != nil {
		return nil, fmt.Errorf("list the payments of invoice %s: %w", id, err)
	}
	stored, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("list the payments of invoice %s: %w", id, err)
	}
	payments := make([]invoice.PaymentRecorded, len(stored))
	for n, data := range stored {
		if err := json.Unmarshal(data, &payments[n]); err != nil {
			return nil, fmt.Errorf("read a payment of invoice %s: %w", id, err)
		}
	}
	return payments, nil
}
