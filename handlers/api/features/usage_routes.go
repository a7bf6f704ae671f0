package features

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var usageRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/features/{feature}/usage", ID: "use-feature", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Use a limited feature",
		Text: "Counts the use, and never beyond the limit, however many ask at once. A limit per period begins anew with each period of the " +
			"subscription, and on the free plan and a license with each calendar month in UTC.",
		Parameters: []endpoint.Parameter{endpoint.ParameterCheck},
		Example:    map[string]any{"amount": 1}, Needs: "a product with a limit of that key",
		Refusals: slices.Concat(featureUnknown,
			endpoint.Conflict("limit_reached", "with used and limit; nothing was counted"),
			endpoint.Conflict("read_only", "the workspace may only look at what it has"),
			endpoint.Declined("feature_not_in_plan", "the plan does not have it, or an override removed it"),
			endpoint.Unprocessable("usage_below_zero", "more is given back than was used"),
			endpoint.Unprocessable("feature_not_limited", "no product limits it"),
			endpoint.Invalid("amount_invalid")),
	}, useFeature, viewUsage),
}
