package catalog

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/tallystick/tallystick/domain"
)

const (
	keysMax         = 200
	featureBytesMax = 4096
	limitMax        = 1_000_000_000_000_000 // exact in every JSON reader
)

// Features hold the values of a plan's features by their keys: a JSON boolean, number, string or object each.
type Features map[string]json.RawMessage

// Limits hold a plan's metered limits by their keys.
type Limits map[string]Limit

// Limit bounds how much of something a plan allows.
type Limit struct {
	Limit *int64    `json:"limit"` // nil: it is counted and has no limit
	Per   *LimitPer `json:"per"`   // nil: use never begins at zero again
}

// LimitPer tells when use begins at zero again.
type LimitPer string

// LimitPerPeriod lets use begin at zero with each billing period.
const LimitPerPeriod LimitPer = "period"

// LimitPers lists all of them.
var LimitPers = []LimitPer{LimitPerPeriod}

// FailMode tells what a client does that can't ask whether a workspace has a feature.
type FailMode string

const (
	FailOpen   FailMode = "open"   // it lets the workspace use the feature
	FailClosed FailMode = "closed" // it does not
)

// FailModes lists all of them.
var FailModes = []FailMode{FailOpen, FailClosed}

// Fail holds the modes of features by their keys; [FailClosed] is that of all others.
type Fail map[string]FailMode

// Mode gives the mode of a feature.
func (f Fail) Mode(key string) FailMode {
	if mode, given := f[key]; given {
		return mode
	}
	return FailClosed
}

// NewLimit carries a limit as a client gives it: without Limit there is none, Per is "period" or null.
type NewLimit struct {
	Limit *int64
	Per   *string
}

// checkedFeatures copies and checks features: keys are names, values bool, number, string or object. It never gives nil.
// Codes: features_too_many, name_invalid, feature_invalid.
func checkedFeatures(check *domain.Check, given Features) Features {
	check.Require(len(given) <= keysMax, "/features", "features_too_many", "features must be at most %d", keysMax)
	checked := Features{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		pointer := domain.Pointer("features", key)
		check.Name(pointer, key)
		checked[key] = CheckedFeature(check, pointer, given[key])
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

// LimitRule describes a limit.
const LimitRule = "limit must be 0 to 1000000000000000, or null for no limit"

// ValidLimit reports whether a limit follows [LimitRule].
func ValidLimit(limit *int64) bool { return limit == nil || *limit >= 0 && *limit <= limitMax }

// CheckedFeature copies and checks the value of one feature, whose field stands at pointer. Code: feature_invalid.
func CheckedFeature(check *domain.Check, pointer string, given json.RawMessage) json.RawMessage {
	value, ok := canonical(given)
	ok = ok && len(value) <= featureBytesMax && value[0] != '[' && value[0] != 'n'
	check.Require(ok, pointer, "feature_invalid",
		"a feature must be a boolean, number, string or object of at most %d bytes of JSON", featureBytesMax)
	return value
}

// checkedFail copies and checks modes; it gives nil where there are none. Codes: name_invalid, fail_invalid.
func checkedFail(check *domain.Check, given map[string]string) Fail {
	check.Require(len(given) <= keysMax, "/fail", "features_too_many", "fail must name at most %d features", keysMax)
	var checked Fail
	for _, key := range slices.Sorted(maps.Keys(given)) {
		check.Name(domain.Pointer("fail", key), key)
		mode := FailMode(given[key])
		check.Require(slices.Contains(FailModes, mode), domain.Pointer("fail", key), "fail_invalid", "fail must be open or closed")
		if checked == nil {
			checked = Fail{}
		}
		checked[key] = mode
	}
	return checked
}

// checkedLimits copies and checks limits. It never gives nil. Codes: limits_too_many, name_invalid, limit_invalid,
// per_invalid.
func checkedLimits(check *domain.Check, given map[string]NewLimit) Limits {
	check.Require(len(given) <= keysMax, "/limits", "limits_too_many", "limits must be at most %d", keysMax)
	checked := Limits{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		check.Name(domain.Pointer("limits", key), key)
		limit := Limit{Limit: given[key].Limit}
		check.Require(ValidLimit(limit.Limit), domain.Pointer("limits", key, "limit"), "limit_invalid", LimitRule)
		if per := given[key].Per; per != nil {
			limit.Per = new(LimitPer(*per))
			check.Require(*limit.Per == LimitPerPeriod, domain.Pointer("limits", key, "per"), "per_invalid",
				`per must be "period" or null`)
		}
		checked[key] = limit
	}
	return checked
}

func sizeOf(features Features, limits Limits) int {
	size := 100 * len(limits)
	for key, value := range features {
		size += 64 + len(key) + len(value)
	}
	return size
}
