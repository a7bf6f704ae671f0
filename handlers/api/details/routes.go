package details

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Details", Text: "Names and addresses of workspaces and members: personal data, which can be erased."}

// Routes gives the routes of the details of workspaces and of members.
func Routes() []endpoint.Route { return slices.Concat(billingRoutes, memberRoutes) }
