package features

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var featureUnknown = endpoint.NotFound("feature_unknown", "no product of the ledger has a feature or limit of that key")

func featureRoutes(kept *projections.KeptFeatures) []endpoint.Route {
	return []endpoint.Route{
		endpoint.KeptQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/features", ID: "list-features", Tag: tag, Roles: endpoint.RolesAll,
			Summary: "List the features of a workspace",
			Text: "What each key of the ledger's products comes to, by an override, the license, the trial or subscription, or the free product, " +
				"in this order. A workspace in which nothing was ever done has the free product's. Answered from memory: as current as the " +
				"read models, and cheap enough for each request of yours.",
		}, listFeatures(kept)),
		endpoint.KeptQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/features/{feature}", ID: "get-feature", Tag: tag, Roles: endpoint.RolesAll,
			Summary: "Get a feature of a workspace", Refusals: featureUnknown,
			Text: "A subscription that is past due keeps all of its features; one that is restricted or paused allows none.",
		}, getFeature(kept)),
	}
}
