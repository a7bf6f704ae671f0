package seats

import (
	"slices"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Seats", Text: "Places for the members of a workspace: who has one, how many are left, and their use day by day."}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("Action", endpoint.ActionsOf(seating.Actions)),
	endpoint.EnumOf("Role", seating.Roles),
	endpoint.EnumOf("SeatOutcome", seatOutcomes()),
	endpoint.EnumOf("SeatState", seating.Statuses),
}

// Routes gives the routes of seats.
func Routes() []endpoint.Route { return slices.Concat(seatRoutes, poolRoutes, usageRoutes) }
