package entitlement

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/tallystick/tallystick/domain"
)

const reasonMax = 500

// SetOverride puts something over what the plan says of a feature. Value, Limit or Removed must be given, and Reason. The caller
// has checked what Value and Limit are.
type SetOverride struct {
	Key     string
	Value   json.RawMessage
	Limit   *Bound
	Removed bool
	Until   *time.Time
	Reason  string
}

// OverrideSet puts something over what the plan says of a feature.
type OverrideSet struct {
	Key      string   `json:"key"`
	Override Override `json:"override"`
}

// EventType gives the stored name.
func (OverrideSet) EventType() string { return "entitlement.override_set.v1" }

func (e OverrideSet) evolve(s State) State {
	s.Overrides = with(s.Overrides, e.Key, e.Override)
	return s
}

// decide changes nothing where it is so already. It refuses with its fields: override_empty, override_contradicts, until_invalid, reason_invalid.
func (c SetOverride) decide(s State, meta domain.Meta) ([]Fact, error) {
	var check domain.Check
	check.Require(c.Value != nil || c.Limit != nil || c.Removed, "/value", "override_empty", "value, limit or removed must be given")
	check.Require(!c.Removed || c.Value == nil && c.Limit == nil, "/removed", "override_contradicts", "what is removed has neither value nor limit")
	check.Require(c.Until == nil || c.Until.After(meta.Now), "/until", "until_invalid", "until must be in the future")
	check.Require(domain.IsLine(c.Reason, reasonMax), "/reason", "reason_invalid",
		"reason must be one line of at most %d characters, and not blank", reasonMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	o := Override{Value: c.Value, Limit: c.Limit, Removed: c.Removed, Until: c.Until, Reason: c.Reason}
	present, set := s.Overrides[c.Key]
	if set && reflect.DeepEqual(present, o) {
		return nil, nil
	}
	return []Fact{OverrideSet{Key: c.Key, Override: o}}, nil
}

// RemoveOverride lets the plan speak for itself again. Once is as good as twice.
type RemoveOverride struct {
	Key string
}

// OverrideRemoved lets the plan speak for itself again.
type OverrideRemoved struct {
	Key string `json:"key"`
}

// EventType gives the stored name.
func (OverrideRemoved) EventType() string { return "entitlement.override_removed.v1" }

func (e OverrideRemoved) evolve(s State) State {
	s.Overrides = without(s.Overrides, e.Key)
	return s
}

// decide never refuses.
func (c RemoveOverride) decide(s State, _ domain.Meta) ([]Fact, error) {
	if _, set := s.Overrides[c.Key]; !set {
		return nil, nil
	}
	return []Fact{OverrideRemoved(c)}, nil
}
