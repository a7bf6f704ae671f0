package catalog

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/tallystick/tallystick/domain"
)

const (
	displayNameMax  = 200
	keysMax         = 200
	featureBytesMax = 4096
	limitMax        = 1_000_000_000_000_000 // exact in every JSON reader
)

func checkDisplayName(check *domain.Check, name string) {
	length := utf8.RuneCountInString(name)
	ok := length >= 1 && length <= displayNameMax && utf8.ValidString(name)
	for _, r := range name {
		ok = ok && !unicode.IsControl(r)
	}
	check.Require(ok, "/name", "display_name_invalid", "name must be 1 to %d characters without control characters",
		displayNameMax)
}

func requireRange(check *domain.Check, pointer, code string, value, low, high int64) bool {
	return check.Require(value >= low && value <= high, pointer, code, "%s must be %d to %d", pointer[1:], low, high)
}

// features copies and checks features: keys are names, values bool, number, string or object. Never nil. Codes:
// features_too_many, name_invalid, feature_invalid.
func features(check *domain.Check, given Features) Features {
	check.Require(len(given) <= keysMax, "/features", "features_too_many", "features must be at most %d", keysMax)
	checked := Features{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		pointer := domain.Pointer("features", key)
		check.Name(pointer, key)
		value, ok := canonical(given[key])
		ok = ok && len(value) <= featureBytesMax && value[0] != '[' && value[0] != 'n'
		check.Require(ok, pointer, "feature_invalid",
			"a feature must be a boolean, number, string or object of at most %d bytes of JSON", featureBytesMax)
		checked[key] = value
	}
	return checked
}

// canonical rewrites JSON with sorted members and no white space. Numbers keep their digits.
func canonical(value json.RawMessage) (json.RawMessage, bool) {
	if !json.Valid(value) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, false
	}
	var rewritten bytes.Buffer
	encoder := json.NewEncoder(&rewritten)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(decoded)
	return bytes.TrimSuffix(rewritten.Bytes(), []byte("\n")), err == nil
}

// sameFeature compares features whatever encoder wrote them down.
func sameFeature(a, b json.RawMessage) bool {
	first, ok := canonical(a)
	second, alsoOK := canonical(b)
	return ok && alsoOK && bytes.Equal(first, second)
}

// limits copies and checks limits. Never nil. Codes: limits_too_many, name_invalid, limit_invalid, per_invalid.
func limits(check *domain.Check, given map[string]NewLimit) Limits {
	check.Require(len(given) <= keysMax, "/limits", "limits_too_many", "limits must be at most %d", keysMax)
	checked := Limits{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		check.Name(domain.Pointer("limits", key), key)
		limit := Limit{Limit: or(given[key].Limit, -1)}
		check.Require(limit.Limit >= 0 && limit.Limit <= limitMax, domain.Pointer("limits", key, "limit"), "limit_invalid",
			"limit is required and must be 0 to %d", int64(limitMax))
		if per := given[key].Per; per != nil {
			limit.Per = new(LimitPer(*per))
			check.Require(*limit.Per == LimitPerPeriod, domain.Pointer("limits", key, "per"), "per_invalid",
				`per must be "period" or null`)
		}
		checked[key] = limit
	}
	return checked
}

// or is the value of an optional field.
func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}
