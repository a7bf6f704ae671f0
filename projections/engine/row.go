package engine

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Encode gives one form for one value, maps included: a rebuilt row must equal the live one to the byte.
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
