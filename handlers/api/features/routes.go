package features

import (
	"slices"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var tag = endpoint.Tag{Name: "Features", Text: "What a workspace may use: by its plan, a trial, a license, or an override. " +
	"OpenFeature's clients ask for the same at /ofrep/v1/evaluate/flags, with a context that has the workspace."}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("FailMode", catalog.FailModes),
	endpoint.EnumOf("FeatureKind", entitlement.Kinds),
	endpoint.EnumOf("FeatureReason", entitlement.Reasons),
	endpoint.EnumOf("FeatureSource", entitlement.Sources),
}

// Routes gives the routes of features, which are answered from what the process keeps of them.
func Routes(kept *projections.KeptFeatures) []endpoint.Route {
	return slices.Concat(featureRoutes(kept), usageRoutes, overrideRoutes)
}
