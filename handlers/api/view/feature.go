package view

import (
	"bytes"

	"github.com/danielgtaylor/huma/v2"
)

// FeatureValue holds the value of a plan's feature: JSON that goes in and comes out as it is.
type FeatureValue []byte

// MarshalJSON writes the value, or null for none.
func (f FeatureValue) MarshalJSON() ([]byte, error) {
	if len(f) == 0 {
		return []byte("null"), nil
	}
	return f, nil
}

// UnmarshalJSON keeps the value.
func (f *FeatureValue) UnmarshalJSON(value []byte) error {
	*f = bytes.Clone(value)
	return nil
}

// Schema documents the value.
func (FeatureValue) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "A boolean, number, string or object, of at most 4096 bytes. Numbers are plain decimals of at most 15 digits.",
		AnyOf: []*huma.Schema{
			{Type: huma.TypeBoolean}, {Type: huma.TypeNumber}, {Type: huma.TypeString},
			{Type: huma.TypeObject, AdditionalProperties: struct{}{}},
		},
	}
}
