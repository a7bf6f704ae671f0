package entitlement

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("entitlement", Evolve, OverrideSet{}, OverrideRemoved{}, Used{}, Licensed{}, LicenseConfirmed{}, Unlicensed{})

// Stream names the entitlements of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("entitlement", workspace) }

// State holds what a workspace may use beside what its plan says. Its maps are never written to.
type State struct {
	Overrides map[string]Override `json:"overrides,omitempty"` // by keys of features
	Uses      map[string]Count    `json:"uses,omitempty"`      // by keys of features
	License   *License            `json:"license,omitempty"`   // that is the workspace's plan
}

// Override is put over what the plan says of a feature.
type Override struct {
	Value   json.RawMessage `json:"value,omitzero"`  // nil: the plan's; omitempty would leave out "" too
	Limit   *Bound          `json:"limit,omitempty"` // nil: the plan's
	Removed bool            `json:"removed,omitempty"`
	Until   *time.Time      `json:"until,omitempty"` // nil: for good
	Reason  string          `json:"reason"`
}

// Bound is a limit; without Most it does not bound.
type Bound struct {
	Most *int64 `json:"most"`
}

// Count tells how much was used in a window.
type Count struct {
	Used   int64 `json:"used"`
	Window *Span `json:"window"` // nil: for ever
}

// Span is a half-open span of time.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	size := 300 + 200*len(s.Uses)
	for _, o := range s.Overrides {
		size += 300 + len(o.Value) + len(o.Reason)
	}
	if s.License != nil {
		size += 500
		for _, value := range s.License.Features {
			size += 100 + len(value)
		}
	}
	return size
}

// override finds the override of a feature that holds at an instant.
func (s State) override(key string, at time.Time) (Override, bool) {
	o, set := s.Overrides[key]
	return o, set && (o.Until == nil || at.Before(*o.Until))
}

// OverridesAt lists the overrides that hold at an instant, by the keys of their features.
func (s State) OverridesAt(at time.Time) map[string]Override {
	held := map[string]Override{}
	for key := range s.Overrides {
		if o, set := s.override(key, at); set {
			held[key] = o
		}
	}
	return held
}

// used tells how much of a feature was used in a window.
func (s State) used(key string, window *Span) int64 {
	count := s.Uses[key]
	if (count.Window == nil) != (window == nil) || window != nil && !count.Window.Start.Equal(window.Start) {
		return 0
	}
	return count.Used
}

// Fact is an event of a workspace's entitlements with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// with copies a map and changes one entry.
func with[V any](all map[string]V, key string, value V) map[string]V {
	changed := make(map[string]V, len(all)+1)
	maps.Copy(changed, all)
	changed[key] = value
	return changed
}

func without[V any](all map[string]V, key string) map[string]V {
	changed := maps.Clone(all)
	delete(changed, key)
	if len(changed) == 0 {
		return nil
	}
	return changed
}

// Command changes a workspace's entitlements.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a workspace's entitlements. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }
