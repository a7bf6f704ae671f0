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
