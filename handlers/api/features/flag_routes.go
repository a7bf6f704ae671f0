package features

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// Flags gives the routes of OpenFeature's remote evaluation protocol (OFREP), which documents them.
func Flags(kept *projections.KeptFeatures) []endpoint.Route {
	return []endpoint.Route{
		endpoint.ForeignQuery(endpoint.Route{
			Method: http.MethodPost, Path: "/ofrep/v1/evaluate/flags/{flag}", ID: "evaluate-flag", Roles: endpoint.RolesWorkspaces,
		}, evaluateFlag(kept), refuseFlag),
		endpoint.ForeignQuery(endpoint.Route{
			Method: http.MethodPost, Path: "/ofrep/v1/evaluate/flags", ID: "evaluate-flags", Roles: endpoint.RolesWorkspaces,
		}, evaluateFlags(kept), refuseFlag),
	}
}
