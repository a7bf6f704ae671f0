package catalog

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tallystick/tallystick/domain"
)

// FeatureType tells which kind of JSON the values of a feature are.
type FeatureType string

const (
	FeatureBoolean FeatureType = "boolean"
	FeatureNumber  FeatureType = "number"
	FeatureString  FeatureType = "string"
	FeatureObject  FeatureType = "object"
)

// TypeOf gives the type of a feature's value.
func TypeOf(value json.RawMessage) FeatureType {
	switch value[0] {
	case 't', 'f':
		return FeatureBoolean
	case '"':
		return FeatureString
	case '{':
		return FeatureObject
	}
	return FeatureNumber
}

// Key tells what a ledger's products make of the key of a feature, whichever of them have it.
type Key struct {
	Type    FeatureType // "" for a key that has no value anywhere
	Limited bool        // some product limits it
	Per     *LimitPer   // of the latest limit
}

// FindKey finds what products make of a key.
func FindKey(products []Product, key string) (k Key, found bool) {
	for _, product := range products {
		if value, has := product.Features[key]; has {
			k.Type, found = TypeOf(value), true
		}
		if limit, has := product.Limits[key]; has {
			k.Limited, k.Per, found = true, limit.Per, true
		}
	}
	return k, found
}

// Keys lists the keys of all features and limits of products, sorted.
func Keys(products []Product) []string {
	all := map[string]bool{}
	for _, product := range products {
		for key := range product.Features {
			all[key] = true
		}
		for key := range product.Limits {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// CheckType refuses with feature_type_mismatch a value of another type than the key has.
func (k Key) CheckType(check *domain.Check, pointer, key string, value json.RawMessage) {
	if len(value) == 0 || k.Type == "" {
		return
	}
	check.Require(TypeOf(value) == k.Type, pointer, "feature_type_mismatch", "%s is a %s in other products, and must be one here", key, k.Type)
}

// checkTypes refuses features whose type differs from that in another product.
func (s State) checkTypes(check *domain.Check, code string, features Features) {
	others := slices.DeleteFunc(s.Products(), func(p Product) bool { return p.Code == code })
	for _, key := range slices.Sorted(maps.Keys(features)) {
		known, _ := FindKey(others, key)
		known.CheckType(check, domain.Pointer("features", key), key, features[key])
	}
}
