package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
)

// Encode gives every value, maps included, one form: a rebuilt row must equal the live one byte for byte.
func Encode(value any) (string, error) {
	data, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", value, err)
	}
	return string(data), nil
}

// Decode reads what Encode gave.
func Decode(data []byte, value any) error {
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("decode %T: %w", value, err)
	}
	return nil
}

// Find gives the row of a query by its key; ok is false when there is none. What was tried begins the error.
func Find[T any](
	ctx context.Context, tx pgx.Tx, what string, scan pgx.RowToFunc[T], sql string, args ...any,
) (found T, ok bool, err error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err == nil {
		found, err = pgx.CollectExactlyOneRow(rows, scan)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return found, false, nil
	}
	if err != nil {
		return found, false, fmt.Errorf("%s: %w", what, err)
	}
	return found, true, nil
}

// InOrder runs queries that page in the order of an index. The planner foresees few rows behind a key whose first column has one value
// in very many rows, and would read and sort all of these for each page.
func InOrder(ctx context.Context, tx pgx.Tx, query func() error) error {
	const set = `SELECT set_config('enable_sort', $1, true), set_config('plan_cache_mode', $2, true)`
	// A plan that was kept may sort.
	if _, err := tx.Exec(ctx, set, "off", "force_custom_plan"); err != nil {
		return fmt.Errorf("have rows read in order: %w", err)
	}
	if err := query(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, set, "on", "auto"); err != nil {
		return fmt.Errorf("let rows be sorted again: %w", err)
	}
	return nil
}

// List gives the rows of a query. What was tried begins the error.
func List[T any](ctx context.Context, tx pgx.Tx, what string, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return found, nil
}
