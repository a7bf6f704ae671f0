package command

import (
	"encoding/json"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/holding"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Feature is a feature as a command leaves it.
type Feature = entitlement.Feature

// UseFeature counts use of a limited feature; a negative amount gives back. It refuses with feature_unknown.
func UseFeature(name, key string, amount int64) Command[Feature] {
	return onFeature(name, key, func(plan entitlement.Plan) (entitlement.Command, error) {
		return entitlement.Use{Plan: plan, Amount: amount}, nil
	})
}

// Override replaces parts of a feature. Limited tells that Limit is given, which is nil for no limit.
type Override struct {
	Value   json.RawMessage
	Limited bool
	Limit   *int64
	Removed bool
	Until   *time.Time
	Reason  string
}

// OverrideFeature puts something over what the plan says of a feature. It refuses with feature_unknown, feature_invalid,
// feature_type_mismatch or limit_invalid.
func OverrideFeature(name, key string, o Override) Command[Feature] {
	if o.Limited && !catalog.ValidLimit(o.Limit) {
		return Refuse[Feature](entitlement.Stream(name), domain.InvalidField("/limit", "limit_invalid", catalog.LimitRule))
	}
	return onFeature(name, key, func(plan entitlement.Plan) (entitlement.Command, error) {
		c := entitlement.SetOverride{Key: key, Removed: o.Removed, Until: o.Until, Reason: o.Reason}
		var check domain.Check
		if o.Value != nil {
			c.Value = catalog.CheckedFeature(&check, "/value", o.Value)
			if zero := plan.Known.Zero; zero != nil && check.Rejection() == nil {
				catalog.Key{Type: catalog.TypeOf(zero)}.CheckType(&check, "/value", key, c.Value)
			}
		}
		if o.Limited {
			c.Limit = &entitlement.Bound{Most: o.Limit}
		}
		return c, check.Rejection()
	})
}

// RemoveOverride lets the plan speak for itself again. It refuses with feature_unknown.
func RemoveOverride(name, key string) Command[Feature] {
	return onFeature(name, key, func(entitlement.Plan) (entitlement.Command, error) { return entitlement.RemoveOverride{Key: key}, nil })
}

// onFeature decides on one feature of a workspace. It looks at the subscription as it is once everything happened that is due,
// and carries nothing of that out.
func onFeature(name, key string, complete func(entitlement.Plan) (entitlement.Command, error)) Command[Feature] {
	stream := entitlement.Stream(name)
	return Command[Feature]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream(), subscription.Stream(name)},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (Feature, error) {
			shop := eventstore.StateOf[catalog.State](d, catalog.Stream())
			holdings := holding.Holdings{
				Products: shop.Products(), Subscription: eventstore.StateOf[subscription.State](d, subscription.Stream(name)),
				Entitlement: eventstore.StateOf[entitlement.State](d, stream),
			}
			plan, known := holdings.At(d.Now()).Plan(key)
			if !known {
				return Feature{}, domain.NotFound("feature_unknown", "no product has a feature %q", key)
			}
			c, err := complete(plan)
			if err != nil {
				return Feature{}, err
			}
			after, err := apply(d, stream, entitlement.Decide, c)
			if err != nil {
				return Feature{}, err
			}
			return plan.Resolve(after, d.Now()), nil
		},
	}
}
