package features

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var overrideRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/features/{feature}", ID: "override-feature", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Override a feature of a workspace",
		Text:    "Puts a value or a limit over the plan's, or removes the feature, for good or until an instant. A second override replaces the first.",
		Example: map[string]any{"value": true, "reason": "A pilot"}, Needs: "a product with a feature of that key",
		Refusals: slices.Concat(featureUnknown,
			endpoint.Invalid("override_empty", "override_contradicts", "feature_invalid", "feature_type_mismatch", "limit_invalid", "until_invalid", "reason_invalid")),
	}, overrideFeature, viewFeature),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodDelete, Path: "/v1/workspaces/{workspace}/features/{feature}", ID: "remove-override", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Remove the override of a feature", Refusals: featureUnknown,
		Text: "The plan speaks for itself again. Without an override nothing changes.",
	}, removeOverride, viewFeature),
}
