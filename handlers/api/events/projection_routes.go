package events

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/engine"
)

func projectionRoutes(models *engine.Engine) []endpoint.Route {
	return []endpoint.Route{
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/projections", ID: "list-projections", Tag: Tag, Roles: endpoint.RolesReading,
			Summary: "List the read models", Text: "Where they stand on the key's ledger. Ledger-Position is the newest event's.",
		}, listProjections(models)),
	}
}
