package features

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// featureView shows what a feature comes to.
type featureView struct {
	Key       string               `json:"key" example:"sso"`
	Kind      entitlement.Kind     `json:"kind" doc:"limited ones are counted."`
	Allowed   bool                 `json:"allowed" doc:"The value is not the zero of its type, use is below the limit, and the workspace has full access."`
	Value     *view.FeatureValue   `json:"value" doc:"The zero of its type where the workspace does not have the feature; null for what is limited and has no value."`
	Reason    entitlement.Reason   `json:"reason"`
	Source    entitlement.Source   `json:"source" doc:"plan is a subscription or the free product."`
	Product   *string              `json:"product" doc:"That gives it, null where none does."`
	Limit     *int64               `json:"limit" doc:"null is without limit."`
	Used      *int64               `json:"used" doc:"null for what is not limited."`
	Remaining *int64               `json:"remaining" doc:"null without a limit."`
	ResetsAt  *time.Time           `json:"resets_at" doc:"When use begins at zero again, null for never."`
	Fail      catalog.FailMode     `json:"fail" doc:"What a client should do that can't ask."`
	Upcoming  *upcomingFeatureView `json:"upcoming" doc:"What will change by itself, null for nothing."`
}

// upcomingFeatureView shows what a feature will be.
type upcomingFeatureView struct {
	At    time.Time          `json:"at"`
	Value *view.FeatureValue `json:"value"`
	Limit *int64             `json:"limit"`
}

func viewFeature(f entitlement.Feature) featureView {
	shown := featureView{
		Key: f.Key, Kind: f.Kind, Allowed: f.Allowed, Value: valueOrNull(f.Value), Reason: f.Reason, Source: f.Source,
		Product: endpoint.OrNull(f.Product), Fail: catalog.FailMode(f.Fail),
	}
	if f.Limited {
		shown.Limit, shown.Used, shown.Remaining, shown.ResetsAt = f.Limit, &f.Used, f.Remaining(), inUTC(f.ResetsAt)
	}
	if f.Upcoming != nil {
		shown.Upcoming = &upcomingFeatureView{At: f.Upcoming.At.UTC(), Value: valueOrNull(f.Upcoming.Value), Limit: f.Upcoming.Limit}
	}
	return shown
}

func valueOrNull(value []byte) *view.FeatureValue {
	if value == nil {
		return nil
	}
	return new(view.FeatureValue(value))
}

func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return new(at.UTC())
}

// featuresView shows all features of a workspace, sorted by their keys.
type featuresView struct {
	Data     []featureView `json:"data" doc:"All keys of the ledger's products, sorted."`
	Position int64         `json:"position" doc:"The Ledger-Position; the ETag does not follow it."`
}

// Tagged leaves the position out.
func (v featuresView) Tagged() any { return v.Data }

func listFeatures(kept *projections.KeptFeatures) endpoint.Keeping[featuresView] {
	return func(c *endpoint.Call, minimum int64) (featuresView, int64, error) {
		held, err := kept.Find(c.Context(), c.Ledger, c.Workspace(), minimum, c.At())
		if err != nil {
			return featuresView{}, 0, err
		}
		features := held.Standing.Features(held.Now)
		shown := featuresView{Data: make([]featureView, len(features)), Position: held.Position}
		for i, f := range features {
			shown.Data[i] = viewFeature(f)
		}
		return shown, held.Position, nil
	}
}

func getFeature(kept *projections.KeptFeatures) endpoint.Keeping[featureView] {
	return func(c *endpoint.Call, minimum int64) (featureView, int64, error) {
		key := c.Name("feature")
		held, err := kept.Find(c.Context(), c.Ledger, c.Workspace(), minimum, c.At())
		if err != nil {
			return featureView{}, 0, err
		}
		f, known := held.Standing.Feature(key, held.Now)
		if !known {
			return featureView{}, 0, domain.NotFound("feature_unknown", "no product has a feature %q", key)
		}
		return viewFeature(f), held.Position, nil
	}
}
